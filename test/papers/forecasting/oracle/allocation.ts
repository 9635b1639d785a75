// Algorithm 1 as the forecasting sheet has it (4.4), for the oracle.
import type { OracleSetting } from './simulator.ts'

export interface OracleTask {
  readonly expert: number
  readonly tokens: number
  readonly die: number
}

export function allocateByAlgorithm1(
  {
    columns,
    rows,
    experts,
    tokenFlop,
    peak,
    planned,
    sliceBytes,
    memoryRate,
    memoryLatency,
    linkRate,
    linkLatency,
  }: OracleSetting,
  tokensOf: ReadonlyMap<number, number>,
  home: readonly number[],
  holds: (expert: number, die: number) => boolean,
  distance: (a: number, b: number) => number,
  pairs: number,
): OracleTask[] {
  const dies = Array.from({ length: columns * rows }, () => ({ cL: 0, cR: 0, dL: 0, dR: 0, din: 0 }))
  const timeOf = ({ cL, cR, dL, dR, din }: (typeof dies)[number]) => Math.max(cL, dL + dR, din) + cR
  const computeNs = (tokens: number) => (3 * tokenFlop * tokens) / (peak * planned)
  const memoryNs = memoryLatency + (3 * sliceBytes) / memoryRate
  const hopNs = 2 * linkLatency + (3 * sliceBytes) / linkRate
  for (const expert of tokensOf.keys()) dies[home[expert]!]!.dL += memoryNs
  const mean = pairs / experts
  const tasks: OracleTask[] = []
  for (const [expert, tokens] of [...tokensOf].sort((a, b) => a[1] - b[1] || a[0] - b[0])) {
    const h = home[expert]!
    const all = [...dies.keys()]
    const candidates = [
      ...all.filter((d) => holds(expert, d)).map((d) => ({ d, isLocal: true, ns: timeOf(dies[d]!) })),
      ...all
        .filter((d) => distance(d, h) === 1 && !holds(expert, d))
        .map((d) => ({ d, isLocal: false, ns: timeOf(dies[d]!) + hopNs })),
    ]
      .sort((a, b) => a.ns - b.ns || Number(b.isLocal) - Number(a.isLocal) || a.d - b.d)
      .slice(0, Math.max(5, Math.floor(tokens / Math.max(mean, 512))))
    const given = new Map<number, number>()
    const blocks = Math.max(1, Math.floor(tokens / 512))
    for (let block = 0; block < blocks; block++) {
      const size = block === blocks - 1 ? tokens - 512 * block : 512
      let best: (() => void) | undefined
      let bestNs = Infinity
      let isBestLocal = false
      for (const { d, isLocal } of candidates) {
        const [die, sender] = [dies[d]!, dies[h]!]
        const isFirst = !given.has(d)
        const charge = (sign: 1 | -1) => {
          if (isLocal) die.cL += sign * computeNs(size)
          else {
            die.cR += sign * computeNs(size)
            die.din += sign * hopNs
            if (isFirst) sender.dR += sign * memoryNs
          }
        }
        const kept = [{ ...die }, { ...sender }] as const
        charge(1)
        const ns = Math.max(timeOf(die), isLocal ? 0 : timeOf(sender))
        Object.assign(die, kept[0])
        Object.assign(sender, kept[1])
        if (ns < bestNs || (ns === bestNs && isLocal && !isBestLocal)) {
          bestNs = ns
          isBestLocal = isLocal
          best = () => {
            charge(1)
            given.set(d, (given.get(d) ?? 0) + size)
          }
        }
      }
      best!()
    }
    for (const [die, share] of given) tasks.push({ expert, tokens: share, die })
  }
  return tasks
}
