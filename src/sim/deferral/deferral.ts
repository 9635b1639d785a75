// Token buffering (FSE-DP paper, section on token buffering): which requests pause at which layer, planned before a run.
//
// At a layer, after the gate and before its experts are scheduled, a request that needs a cold expert pauses if it has a
// credit, which that costs: its tokens skip the experts, and their activations and gate results are kept. A request earns
// a credit with every so many forward passes that it completes without a pause. Routing and credits decide, never time.
//
// Where the paper leaves it open: credits start at 0 and so do counters, or staggered, so that requests earn credits in turn.
// A paused request resumes at the same layer in the very next iteration, where its tokens count with all others, and may pause
// again if it still needs a cold expert and has a credit left; or it stays, for no further credit, until with the tokens that
// come and all that wait there none of its experts is cold, or until nothing else comes. Until it is through, none of its later tokens start. An iteration starts as many tokens as the workload
// says: later requests take the place of paused ones, each request with one pass an iteration, as large as the workload
// has it. In lock step there are no later requests, and each that is not paused starts its next pass. Tokens that arrive
// are dealt so that with the paused ones, which stay on their dies, all dies are equally full; in lock step a request stays
// on its die. Further iterations flush what is left at the end, so that no work is dropped.
import { invariant } from '../../errors.ts'
import type { Topology } from '../../hardware/topology.ts'
import type { Buffering } from '../../schedulers/scheduler.ts'
import { requestsIn, restingDies } from '../batch.ts'
import type { Iteration } from '../iteration.ts'
import { type Arrivals, type Flow, flowOf, type Pass } from './flow.ts'
import { Intake } from './intake.ts'
import { planPairDeferrals } from './pairs.ts'
import type { DeferralPlan, DeferralSetting } from './plan.ts'

interface MutableLayerPlan {
  readonly iterations: Iteration[]
  readonly restingDie: Int32Array[]
  readonly arrivals: Arrivals[]
  readonly pausedTokens: Int32Array[]
}

/** The plan of a whole run. Every token goes through every layer exactly once, as without buffering. */
export function planDeferrals(setting: DeferralSetting, buffering: Buffering): DeferralPlan {
  return buffering.unit === 'pair'
    ? planPairDeferrals(setting, buffering)
    : new Planner(setting, buffering).plan()
}

class Planner {
  private readonly setting: DeferralSetting
  private readonly buffering: Buffering
  private readonly tables: readonly Uint16Array[]
  private readonly requestCount: number
  private readonly credits: Int32Array
  /** Forward passes completed without a pause since the last credit. */
  private readonly forwards: Int32Array
  /** Paused passes by index of the layer; what waits there is ascending by request. */
  private readonly paused: Pass[][]
  private pausedTokens: Int32Array
  private readonly layers: MutableLayerPlan[]
  private readonly finished: Arrivals[] = []
  private deferrals = 0

  constructor(setting: DeferralSetting, buffering: Buffering) {
    this.setting = setting
    this.buffering = buffering
    this.tables = setting.layers.map((layer) => setting.routing.layerExperts(layer))
    this.requestCount = requestsIn(setting.iterations)
    this.credits = new Int32Array(this.requestCount)
    const { isStaggered, forwardsPerCredit } = buffering
    this.forwards = Int32Array.from({ length: this.requestCount }, (_, request) =>
      isStaggered ? request % forwardsPerCredit : 0,
    )
    this.paused = setting.layers.map(() => [])
    this.pausedTokens = new Int32Array(setting.pkg.topology.dies)
    this.layers = setting.layers.map(() => ({
      iterations: [],
      restingDie: [],
      arrivals: [],
      pausedTokens: [],
    }))
  }

  plan(): DeferralPlan {
    const { iterations, spread } = this.setting
    const intake = new Intake(iterations, spread === 'requests')
    let count = 0
    for (; !intake.isEmpty || this.paused.some((passes) => passes.length > 0); count++) {
      const resting = new Set(this.paused.flat().map(({ request }) => request))
      this.walk(this.seated(intake.next((request) => resting.has(request))))
    }
    this.assertComplete()
    const { layers, finished, deferrals } = this
    return { layers, finished, deferrals, flushIterations: count - iterations.length }
  }

  /** Gives arriving tokens the dies on which they rest until they are through: evenly, with those that have paused. */
  private seated(passes: readonly Pass[]): Pass[] {
    const { pkg, spread } = this.setting
    const { topology } = pkg
    const { iteration } = flowOf(passes)
    const dies =
      spread === 'tokens'
        ? evenly(iteration.rows.length, this.pausedTokens, topology)
        : restingDies(iteration, topology, spread, this.requestCount)
    let from = 0
    return passes.map((pass) => {
      const to = from + pass.rows.length
      const seated = { ...pass, dies: dies.slice(from, to) }
      from = to
      return seated
    })
  }

  /** One iteration through all layers. */
  private walk(arriving: readonly Pass[]): void {
    // Most layers change nothing: they share the arrays of the one before.
    let flow: Flow = flowOf(arriving)
    this.layers.forEach((plan, index) => {
      plan.arrivals.push(flow.arrivals)
      const resumed = this.resume(index)
      const joining = resumed.length === 0 ? flow.passes : byRequest([...flow.passes, ...resumed])
      const staying = this.decide(index, joining, resumed)
      if (staying !== flow.passes) flow = flowOf(staying)
      plan.iterations.push(flow.iteration)
      plan.restingDie.push(flow.dies)
      plan.pausedTokens.push(this.pausedTokens.slice())
    })
    this.finished.push(flow.arrivals)
    for (const { request, wasPaused } of flow.passes) {
      if (!wasPaused) this.forwards[request] = this.forwards[request]! + 1
    }
  }

  /** Takes back what has paused at a layer. */
  private resume(index: number): readonly Pass[] {
    const passes = this.paused[index]!
    if (passes.length > 0) this.paused[index] = []
    for (const pass of passes) this.countPaused(pass, -1)
    return passes
  }

  /** Lets those pause that may, and returns the others: the same array where all go on. `resumed`: those that waited here. */
  private decide(index: number, joining: readonly Pass[], resumed: readonly Pass[]): readonly Pass[] {
    const waited = new Set(this.buffering.resume === 'warm' && joining.length > resumed.length ? resumed : [])
    const able = joining.filter((pass) => waited.has(pass) || this.hasCredit(pass.request))
    if (able.length === 0) return joining
    const tokens = this.tokensOfExperts(index, joining)
    if (!tokens.some((count) => count > 0 && count < this.buffering.coldTokens)) return joining
    const pausing = new Set(able.filter((pass) => this.needsColdExpert(index, pass, tokens)))
    if (pausing.size === 0) return joining
    for (const pass of pausing) {
      this.paused[index]!.push({ ...pass, wasPaused: true })
      this.countPaused(pass, 1)
      if (waited.has(pass)) continue
      this.credits[pass.request] = this.credits[pass.request]! - 1
      this.deferrals++
    }
    return joining.filter((pass) => !pausing.has(pass))
  }

  /** Turns forward passes into a credit where there are enough of them. */
  private hasCredit(request: number): boolean {
    const { credits, forwards } = this
    if (forwards[request]! >= this.buffering.forwardsPerCredit) {
      credits[request] = credits[request]! + 1
      forwards[request] = 0
    }
    return credits[request]! > 0
  }

  private tokensOfExperts(index: number, joining: readonly Pass[]): Int32Array {
    const { experts, topK } = this.setting.pkg.model
    const table = this.tables[index]!
    const tokens = new Int32Array(experts)
    for (const { rows } of joining) {
      for (const row of rows) {
        for (let at = row * topK; at < (row + 1) * topK; at++) tokens[table[at]!] = tokens[table[at]!]! + 1
      }
    }
    return tokens
  }

  private needsColdExpert(index: number, { rows }: Pass, tokens: Int32Array): boolean {
    const { topK } = this.setting.pkg.model
    const table = this.tables[index]!
    const { coldTokens } = this.buffering
    for (const row of rows) {
      for (let at = row * topK; at < (row + 1) * topK; at++) if (tokens[table[at]!]! < coldTokens) return true
    }
    return false
  }

  private countPaused({ dies }: Pass, sign: 1 | -1): void {
    for (const die of dies) this.pausedTokens[die] = this.pausedTokens[die]! + sign
  }

  /** Every row of the workload is in every layer's plan once. */
  private assertComplete(): void {
    const { iterations: workload, layers } = this.setting
    const end = workload.reduce((most, { rows }) => rows.reduce((a, b) => Math.max(a, b), most), -1) + 1
    this.layers.forEach(({ iterations }, index) => {
      const balance = new Int32Array(end)
      for (const { rows } of workload) for (const row of rows) balance[row] = balance[row]! - 1
      for (const { rows } of iterations) for (const row of rows) balance[row] = balance[row]! + 1
      invariant(
        balance.every((count) => count === 0),
        () => `token buffering lost or repeated tokens at layer ${layers[index]}`,
      )
    })
  }
}

/** The dies of so many tokens, in contiguous blocks that fill up what already rests on each die. */
function evenly(tokens: number, resting: Int32Array, { order }: Topology): Int32Array {
  const filled = resting.slice()
  for (let token = 0; token < tokens; token++) {
    const emptiest = order.reduce((best, die) => (filled[die]! < filled[best]! ? die : best))
    filled[emptiest] = filled[emptiest]! + 1
  }
  return Int32Array.from([...order].flatMap((die) => Array<number>(filled[die]! - resting[die]!).fill(die)))
}

const byRequest = (passes: readonly Pass[]) => passes.toSorted((a, b) => a.request - b.request)
