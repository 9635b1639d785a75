// Which experts have to be copied from memory to memory for a layer's placement to become another one.
import { channelOf } from '../channels.ts'
import type { SchedulerContext, WeightMove } from '../scheduler.ts'
import type { Slots } from './search/problem.ts'

/**
 * Each from the nearest memory that has the expert; of equally near ones from the one that has sent fewest so far. Devices are
 * counted in the topology's die order. None where memory is shared: every die reads every expert already.
 */
export function weightMoves(context: SchedulerContext, before: Slots, after: Slots): WeightMove[] {
  const { topology, hardware, model } = context
  if (hardware.memory.shared) return []
  const channel = channelOf(context)
  const dieOf = (device: number) => channel(topology.order[device]!)
  const holders: number[][] = Array.from({ length: model.experts }, () => [])
  for (const [device, held] of before.entries())
    for (const expert of held) holders[expert]!.push(dieOf(device))
  const sent = new Int32Array(topology.dies)
  return after.flatMap((held, device) => {
    const to = dieOf(device)
    const isNew = held.filter((expert) => !holders[expert]!.includes(to))
    return isNew.map((expert) => {
      const from = holders[expert]!.reduce((best, die) => {
        const nearer = topology.hops(die, to) - topology.hops(best, to)
        return nearer < 0 || (nearer === 0 && sent[die]! < sent[best]!) ? die : best
      })
      sent[from] = sent[from]! + 1
      return { expert, from, to }
    })
  })
}
