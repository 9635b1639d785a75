// The forecasting paper's simulator from the description of its rules alone (sheet 3.2 to 4.5), for comparison.
//
// It shares no code with moesim: times are ns in floating point, resources are numbers in one list, and every event claims
// all its resources at once. Slow and short: for cases of a few experts and steps.

import { allocateByAlgorithm1, type OracleTask } from './allocation.ts'
import { type OracleRules, Resources } from './claims.ts'

export interface OracleSetting {
  readonly columns: number
  readonly rows: number
  readonly experts: number
  readonly topK: number
  /** FLOP/ns, and the share of it that a task of so many tokens reaches. */
  readonly peak: number
  utilization(tokens: number): number
  readonly planned: number
  /** Bytes of one of an expert's three matrices, and of the activations of one token beside it. */
  readonly sliceBytes: number
  readonly tokenBytes: number
  /** FLOP of a token in a matrix. */
  readonly tokenFlop: number
  /** Bytes/ns that payload reaches. */
  readonly memoryRate: number
  readonly linkRate: number
  readonly memoryLatency: number
  readonly linkLatency: number
  readonly requestBytes: number
  readonly llc: { hit: number; miss: number; write: number; sets: number; ways: number }
}

/** One iteration: the choices of each token, [token][slot], and whose token it is. */
export interface OracleStep {
  readonly isPrefill: boolean
  readonly choices: readonly (readonly number[])[]
  readonly requests: readonly number[]
}

export type OracleScheme = 'round-robin' | 'ep' | 'pred-only' | 'allo-only' | 'allo-pred'

export interface OracleResult {
  /** Latency of each step, ns. */
  readonly steps: number[]
  readonly hops: number
  readonly remoteBytes: number
  readonly writtenBytes: number
}

export function runOracle(
  scheme: OracleScheme,
  setting: OracleSetting,
  steps: readonly OracleStep[],
  rules: OracleRules,
): OracleResult {
  const { columns, rows, experts, topK, llc } = setting
  const dies = columns * rows
  const x = (die: number) => Math.floor(die / rows)
  const y = (die: number) => die % rows
  const distance = (a: number, b: number) => Math.abs(x(a) - x(b)) + Math.abs(y(a) - y(b))
  const each = Math.floor(experts / dies)
  const home = Array.from({ length: experts }, (_, e) => (e < each * dies ? Math.floor(e / each) : e % dies))
  const isPredicting = scheme === 'pred-only' || scheme === 'allo-pred'

  // Resources: units, ports, memories, then the links to the right and upwards of each die.
  const [unit, port, memory] = [0, dies, 2 * dies]
  const link = (a: number, b: number) => 3 * dies + 2 * Math.min(a, b) + (x(a) === x(b) ? 1 : 0)
  const route = (from: number, to: number) => {
    const needs: number[] = []
    let at = from
    while (at !== to) {
      const next = x(at) !== x(to) ? at + Math.sign(x(to) - x(at)) * rows : at + Math.sign(y(to) - y(at))
      needs.push(link(at, next))
      at = next
    }
    return needs
  }

  const read = (bytes: number) => setting.memoryLatency + bytes / setting.memoryRate
  const replicas = new Set<string>()
  const counts = Array.from({ length: experts }, () => new Array<number>(experts).fill(0))
  const lastChoice = new Map<number, { isPrefill: boolean; chosen: readonly number[] }>()
  let [hops, remoteBytes, writtenBytes] = [0, 0, 0]
  const latencies: number[] = []
  const kept = Math.ceil(0.2 * experts)
  let foretold: boolean[][] = []

  const learn = ({ isPrefill, choices, requests }: OracleStep) => {
    choices.forEach((chosen, token) => {
      const last = lastChoice.get(requests[token]!)
      if (last?.isPrefill === isPrefill) for (const i of last.chosen) for (const j of chosen) counts[i]![j]!++
      lastChoice.set(requests[token]!, { isPrefill, chosen })
    })
    foretold = counts.map((row) => {
      const best = [...row.keys()].filter((j) => row[j]! > 0).sort((a, b) => row[b]! - row[a]! || a - b)
      const is = new Array<boolean>(experts).fill(false)
      for (const j of best.slice(0, kept)) is[j] = true
      return is
    })
  }

  for (const step of steps) {
    const tokensOf = new Map<number, number>()
    for (const chosen of step.choices) for (const e of chosen) tokensOf.set(e, (tokensOf.get(e) ?? 0) + 1)
    if (isPredicting) learn(step)
    const holds = (expert: number, die: number) =>
      home[expert] === die || [0, 1, 2].every((slice) => replicas.has(`${expert}/${slice}/${die}`))
    const tasks: OracleTask[] =
      scheme === 'ep'
        ? [...tokensOf].map(([expert, tokens]) => ({ expert, tokens, die: home[expert]! }))
        : scheme === 'allo-only' || scheme === 'allo-pred'
          ? allocateByAlgorithm1(setting, tokensOf, home, holds, distance, topK * step.choices.length)
          : [...tokensOf].map(([expert, tokens], i) => ({ expert, tokens, die: (i + 7) % dies }))
    tasks.sort((a, b) => a.expert - b.expert)

    const resources = new Resources(5 * dies, rules)
    const cache = Array.from({ length: dies }, () => Array.from({ length: llc.sets }, (): string[] => []))
    const setOf = (die: number, expert: number) => cache[die]![expert % llc.sets]!
    const isCached = (die: number, expert: number, slice: number) => {
      const set = setOf(die, expert)
      const at = set.indexOf(`${expert}/${slice}`)
      if (at < 0) return false
      set.push(...set.splice(at, 1))
      return true
    }
    const fill = (die: number, expert: number, slice: number) => {
      if (llc.ways === 0 || isCached(die, expert, slice)) return
      const set = setOf(die, expert)
      set.push(`${expert}/${slice}`)
      if (set.length > llc.ways) set.shift()
    }
    const wanted = (expert: number, die: number) =>
      isPredicting &&
      !step.isPrefill &&
      tasks.some((task) => task.die === die && foretold[task.expert]![expert])

    for (const { expert, tokens, die } of tasks) {
      for (const slice of [0, 1, 2]) {
        const h = home[expert]!
        const priority = die === h ? 0 : 1
        const create = resources.create.bind(resources)
        const compute = (at: number) =>
          create({
            needs: [unit + die],
            at,
            priority,
            lasts: () => (setting.tokenFlop * tokens) / (setting.peak * setting.utilization(tokens)),
          })
        const side = (needs: number[], at: number, ns: number) =>
          create({ needs, at, priority, lasts: () => ns })
        const data = (at: number) => {
          const way = route(h, die)
          create({
            needs: way,
            at,
            priority,
            lasts: () => setting.linkLatency * way.length + setting.sliceBytes / setting.linkRate,
            onEnd: (end) => {
              compute(end)
              if (!wanted(expert, die) || replicas.has(`${expert}/${slice}/${die}`)) return
              replicas.add(`${expert}/${slice}/${die}`)
              writtenBytes += setting.sliceBytes
              side([memory + die], end, read(setting.sliceBytes))
            },
          })
        }
        const readThere = (at: number) => {
          if (isCached(h, expert, slice)) {
            create({
              needs: [port + h],
              at,
              priority,
              lasts: () => llc.hit,
              ...(rules.reservesReturn ? { onStart: data } : { onEnd: data }),
            })
            return
          }
          create({
            needs: [memory + h],
            at,
            priority,
            lasts: () => read(setting.sliceBytes),
            ...(rules.reservesReturn && { onStart: data }),
            onEnd: (end) => {
              if (!rules.reservesReturn) data(end)
              side([port + h], end, llc.write)
              fill(h, expert, slice)
            },
          })
        }
        const request = (at: number) => {
          const way = route(die, h)
          hops += way.length
          remoteBytes += setting.sliceBytes
          create({
            needs: way,
            at,
            priority,
            lasts: () => setting.linkLatency * way.length + setting.requestBytes / setting.linkRate,
            onEnd: readThere,
          })
        }
        const readHere = (at: number) =>
          create({
            needs: [memory + die],
            at,
            priority,
            lasts: () => read(setting.sliceBytes + setting.tokenBytes * tokens),
            onEnd: (end) => {
              compute(end)
              side([port + die], end, llc.write)
              fill(die, expert, slice)
            },
          })
        let isHit = false
        const isHere = die === h || (isPredicting && replicas.has(`${expert}/${slice}/${die}`))
        const proceed = (at: number) => (isHit ? compute(at) : isHere ? readHere(at) : request(at))
        create({
          needs: [port + die],
          at: 0,
          priority,
          lasts: () => {
            isHit = (die === h || isPredicting) && isCached(die, expert, slice)
            return isHit ? llc.hit : llc.miss
          },
          onEnd: proceed,
        })
      }
    }
    latencies.push(resources.run())
  }
  return { steps: latencies, hops, remoteBytes, writtenBytes }
}
