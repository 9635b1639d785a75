// Token buffering pair by pair, as the FSE-DP paper's reference code has it: (token, expert) pairs wait until their expert is warm.
//
// At a layer the pairs of cold experts are held back, the coldest expert first, all of its pairs or none, and no more of them
// than a share of the tokens that come. They wait there, with their tokens' activations, until with later tokens the expert is
// warm, or until no more tokens come: a last iteration computes what is left. Their tokens go on without these results, which
// the code does not care about and a model would: an upper bound of what buffering saves.
import { invariant } from '../../errors.ts'
import type { Buffering } from '../../schedulers/scheduler.ts'
import { seatTokens } from '../batch.ts'
import type { Iteration } from '../iteration.ts'
import type { Arrivals } from './flow.ts'
import type { DeferralPlan, DeferralSetting, LayerPlan } from './plan.ts'

/** A token at a layer, and which of its choices are computed there or wait. */
interface Share {
  readonly row: number
  readonly request: number
  readonly phase: Iteration['phase']
  readonly die: number
  /** By slot: 1 or 0. */
  readonly slots: Uint8Array
}

/** Every pair of the workload is in every layer's plan once. */
export function planPairDeferrals(setting: DeferralSetting, buffering: Buffering): DeferralPlan {
  const { iterations: workload, layers } = setting
  const seats = seatTokens(setting.pkg.topology, workload, setting.spread)
  const arriving = workload.map((iteration, i) => sharesOf(iteration, seats[i]!, setting.pkg.model.topK))
  const planned = layers.map((layer) => new LayerPairs(setting, layer, buffering).plan(arriving))
  const iterations = Math.max(workload.length, ...planned.map((layer) => layer.shares.length))
  const none = new Int32Array(setting.pkg.topology.dies)
  const arrivals = Array.from({ length: iterations }, (_, i) => arrivalsOf(arriving[i] ?? []))
  return {
    layers: planned.map(({ shares, pausedTokens }) =>
      layerPlan(
        Array.from({ length: iterations }, (_, i) => shares[i] ?? []),
        Array.from({ length: iterations }, (_, i) => pausedTokens[i] ?? none),
        arrivals,
      ),
    ),
    finished: arrivals,
    deferrals: planned.reduce((sum, layer) => sum + layer.heldPairs, 0),
    flushIterations: iterations - workload.length,
  }
}

/** One layer: independent of all others, since no token waits. */
class LayerPairs {
  private readonly setting: DeferralSetting
  private readonly buffering: Buffering
  private readonly layer: number
  private readonly table: Uint16Array
  private waiting: readonly Share[] = []
  private heldPairs = 0

  constructor(setting: DeferralSetting, layer: number, buffering: Buffering) {
    this.setting = setting
    this.buffering = buffering
    this.layer = layer
    this.table = setting.routing.layerExperts(layer)
  }

  plan(arriving: readonly (readonly Share[])[]) {
    const shares: Share[][] = []
    const pausedTokens: Int32Array[] = []
    for (const arrived of arriving) {
      shares.push(this.step(arrived))
      pausedTokens.push(this.tokensByDie())
    }
    if (this.waiting.length > 0) shares.push([...this.waiting])
    this.assertComplete(arriving, shares)
    return { shares, pausedTokens, heldPairs: this.heldPairs }
  }

  /** What is computed in an iteration: arriving tokens first, then those of which pairs have waited. */
  private step(arrived: readonly Share[]): Share[] {
    const { waiting } = this
    const held = this.coldExperts(arrived, waiting)
    const split = (share: Share, isHeld: boolean): Share => ({
      ...share,
      slots: share.slots.map((has, slot) =>
        has === 1 && held.has(this.expertOf(share, slot)) === isHeld ? 1 : 0,
      ),
    })
    const isAny = ({ slots }: Share) => slots.includes(1)
    const arrivedHeld = arrived.map((share) => split(share, true)).filter(isAny)
    this.heldPairs += pairsOf(arrivedHeld)
    this.waiting = [...waiting.map((share) => split(share, true)).filter(isAny), ...arrivedHeld]
    return [
      ...arrived.map((share) => split(share, false)),
      ...waiting.map((share) => split(share, false)).filter(isAny),
    ]
  }

  /** Experts whose pairs wait: at least one other expert has to be left to compute. */
  private coldExperts(arrived: readonly Share[], waiting: readonly Share[]): ReadonlySet<number> {
    const tokens = new Int32Array(this.setting.pkg.model.experts)
    for (const share of [...arrived, ...waiting]) {
      share.slots.forEach((has, slot) => {
        const expert = this.expertOf(share, slot)
        tokens[expert] = tokens[expert]! + has
      })
    }
    const active = [...tokens.keys()].filter((expert) => tokens[expert]! > 0)
    const cold = active
      .filter((expert) => tokens[expert]! < this.buffering.coldTokens)
      .sort((a, b) => tokens[a]! - tokens[b]! || a - b)
    const held = new Set<number>()
    let room = Math.floor(arrived.length * this.buffering.share)
    for (const expert of cold) {
      if (tokens[expert]! > room || held.size + 1 === active.length) break
      held.add(expert)
      room -= tokens[expert]!
    }
    return held
  }

  private expertOf({ row }: Share, slot: number): number {
    return this.table[row * this.setting.pkg.model.topK + slot]!
  }

  private tokensByDie(): Int32Array {
    const tokens = new Int32Array(this.setting.pkg.topology.dies)
    for (const { die } of this.waiting) tokens[die] = tokens[die]! + 1
    return tokens
  }

  private assertComplete(arriving: readonly (readonly Share[])[], planned: readonly (readonly Share[])[]) {
    const { topK } = this.setting.pkg.model
    const balance = new Map<number, number>()
    const count = (shares: readonly Share[], sign: 1 | -1) => {
      for (const { row, slots } of shares) {
        slots.forEach((has, slot) => {
          const pair = row * topK + slot
          balance.set(pair, (balance.get(pair) ?? 0) + sign * has)
        })
      }
    }
    for (const shares of arriving) count(shares, -1)
    for (const shares of planned) count(shares, 1)
    invariant(
      [...balance.values()].every((sum) => sum === 0),
      () => `token buffering lost or repeated pairs at layer ${this.layer}`,
    )
  }
}

function sharesOf({ phase, rows, requests }: Iteration, dies: Int32Array, topK: number): Share[] {
  return Array.from(rows, (row, token) => ({
    ...{ row, phase, request: requests[token]!, die: dies[token]! },
    slots: new Uint8Array(topK).fill(1),
  }))
}

const pairsOf = (shares: readonly Share[]) =>
  shares.reduce((sum, { slots }) => sum + slots.reduce((a, b) => a + b, 0), 0)

function arrivalsOf(shares: readonly Share[]): Arrivals {
  const requests = new Set(shares.map(({ request }) => request)).size
  return { phase: phaseOf(shares), tokens: shares.length, requests }
}

function phaseOf([first, ...others]: readonly Share[]): Iteration['phase'] {
  return first !== undefined && others.every(({ phase }) => phase === first.phase) ? first.phase : 'mixed'
}

function layerPlan(
  shares: readonly (readonly Share[])[],
  pausedTokens: readonly Int32Array[],
  arrivals: readonly Arrivals[],
): LayerPlan {
  const column = (step: readonly Share[], of: (share: Share) => number) => Int32Array.from(step, of)
  return {
    iterations: shares.map((step) => ({
      phase: phaseOf(step),
      rows: column(step, ({ row }) => row),
      requests: column(step, ({ request }) => request),
    })),
    restingDie: shares.map((step) => column(step, ({ die }) => die)),
    slots: shares.map((step) => Uint8Array.from(step.flatMap(({ slots }) => [...slots]))),
    arrivals,
    pausedTokens,
  }
}
