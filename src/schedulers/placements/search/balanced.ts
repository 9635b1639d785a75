// The placement `balanced` of runs, with every slot filled: what it leaves free goes to copies of the coldest experts.

import { starLayout } from '../../../hardware/layouts/layouts.ts'
import { Topology } from '../../../hardware/topology.ts'
import { balance } from '../balance.ts'
import { homeSlots } from '../layout.ts'
import { assertSolvable, copiesOf, type PlaceProblem, type Slots } from './problem.ts'

export function balanced(problem: PlaceProblem): Slots {
  assertSolvable(problem)
  const { loads, devices, slots } = problem
  const copies = slots - homeSlots(loads.length, devices)
  const layout = balance(loads, copies, new Topology(starLayout(devices)))
  const held: number[][] = Array.from({ length: devices }, () => [])
  for (const [expert, dies] of layout.entries()) for (const die of dies) held[die]!.push(expert)
  return filled(held, problem)
}

/** Each free slot to the expert with the least load per copy that the device lacks, the first of equals. */
function filled(held: number[][], { loads, slots }: PlaceProblem): Slots {
  const copies = copiesOf(held, loads.length)
  for (const own of held) {
    while (own.length < slots) {
      let coldest = -1
      for (let expert = 0; expert < loads.length; expert++) {
        if (own.includes(expert)) continue
        if (coldest < 0 || loads[expert]! / copies[expert]! < loads[coldest]! / copies[coldest]!)
          coldest = expert
      }
      own.push(coldest)
      copies[coldest] = copies[coldest]! + 1
    }
  }
  return held
}
