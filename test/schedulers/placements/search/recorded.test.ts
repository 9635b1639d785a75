// Where searches place experts, and the programs that they solve, as it was when last looked at.
import { expect, test } from 'vitest'
import { randomStream } from '../../../../src/engine/random.ts'
import { balanced } from '../../../../src/schedulers/placements/search/balanced.ts'
import { improve } from '../../../../src/schedulers/placements/search/descent.ts'
import { copiesForHottest, eplb } from '../../../../src/schedulers/placements/search/eplb.ts'
import { joint } from '../../../../src/schedulers/placements/search/joint.ts'
import {
  assignmentProgram,
  patternProgram,
} from '../../../../src/schedulers/placements/search/mixed-integer.ts'
import {
  leastMaxLoad,
  maxLoad,
  type PlaceProblem,
  type Slots,
} from '../../../../src/schedulers/placements/search/problem.ts'

/** Loads of some experts, the first ones more popular the larger `skew` is. */
function drawn(experts: number, devices: number, slots: number, skew: number): PlaceProblem {
  const random = randomStream(experts * devices, `loads ${slots}`)
  const loads = Float64Array.from({ length: experts }, (_, expert) =>
    Math.floor((200 * random()) / (1 + skew * expert)),
  )
  return { loads, devices, slots }
}

const PROBLEMS = [
  drawn(5, 3, 2, 1),
  drawn(9, 4, 3, 0.5),
  drawn(12, 6, 3, 1),
  drawn(16, 5, 4, 2),
  drawn(24, 8, 4, 0.3),
]
const SEARCHES = {
  eplb: (one: PlaceProblem) => eplb(one),
  balanced,
  'few moves': (one: PlaceProblem) => improve(one, eplb(one), { mostMoves: 500 }),
  joint: (one: PlaceProblem) => joint(one, 3000),
}

const inWords = (layout: Slots) => layout.map((held) => held.join(' ')).join(' | ')

test('searches place experts where they did (vitest -u records it anew)', async () => {
  const lines = PROBLEMS.flatMap((one) => {
    const { loads, devices, slots } = one
    return [
      `${loads.join(' ')} on ${devices} x ${slots}: at least ${leastMaxLoad(one)}, copies ${copiesForHottest(one).join(' ')}`,
      ...Object.entries(SEARCHES).map(([name, place]) => {
        const layout = place(one)
        return `  ${name} ${maxLoad(layout, loads)}: ${inWords(layout)}`
      }),
    ]
  })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-layouts.txt')
})

test('programs for the solver are what they were (vitest -u records it anew)', async () => {
  const small = { loads: Float64Array.of(9, 4, 2, 0), devices: 3, slots: 2 }
  const programs = [patternProgram(small, 6), assignmentProgram(small, 6, 5)]
  const texts = programs.map((program) => program!.text)
  await expect(texts.join('\n')).toMatchFileSnapshot('recorded-programs.txt')
})
