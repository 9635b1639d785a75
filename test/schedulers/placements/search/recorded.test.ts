// Where searches place experts, and the programs that they solve, as it was when last looked at.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { randomStream } from '../../../../src/engine/random.ts'
import { balanced } from '../../../../src/schedulers/placements/search/balanced.ts'
import { improve } from '../../../../src/schedulers/placements/search/descent.ts'
import { copiesForHottest, eplb, packCopies } from '../../../../src/schedulers/placements/search/eplb.ts'
import { joint } from '../../../../src/schedulers/placements/search/joint.ts'
import {
  assignmentProgram,
  assignmentSize,
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
  'some moves': (one: PlaceProblem) => joint(one, 3000),
  joint: (one: PlaceProblem) => joint(one),
}

const digest = (what: unknown) => createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8)
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

test('searches place few experts where they did, with many loads alike (vitest -u records it anew)', async () => {
  const lines = Array.from({ length: 60 }, (_, number) => {
    const random = randomStream(number, 'few experts')
    const between = (least: number, most: number) => least + Math.floor((most - least + 1) * random())
    const [experts, devices] = [between(2, 11), between(2, 5)]
    const slots = Math.min(experts, Math.ceil(experts / devices) + between(0, 2))
    const loads = Float64Array.from({ length: experts }, () => between(0, 2 + number))
    const one = { loads, devices, slots }
    // Copies by chance, for which experts have to make way more often than for those of the hottest.
    const copies = new Int32Array(experts).fill(1)
    for (let spare = devices * slots - experts; spare > 0; ) {
      const expert = between(0, experts - 1)
      if (copies[expert] === devices) continue
      copies[expert]!++
      spare--
    }
    const found = [
      ...[packCopies(one, copies), eplb(one), balanced(one), joint(one, 0), joint(one, 400)],
      ...[3, 40, 200].map((mostMoves) => improve(one, packCopies(one, copies), { mostMoves })),
    ]
    const most = found.map((layout) => Number(maxLoad(layout, loads).toPrecision(9)))
    return `${loads.join(' ')} on ${devices} x ${slots}, ${copies.join(' ')}: ${leastMaxLoad(one).toPrecision(9)} <= ${most.join(' ')}: ${digest(found)}`
  })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded-few.txt')
})

const small = { loads: Float64Array.of(9, 4, 2, 0), devices: 3, slots: 2 }

test('programs for the solver are what they were (vitest -u records it anew)', async () => {
  const programs = [patternProgram(small, 6), assignmentProgram(small, 6, 5)]
  const texts = programs.map((program) => program!.text)
  await expect(texts.join('\n')).toMatchFileSnapshot('recorded-programs.txt')
})

test('an assignment program has a variable for each choice and for each of its devices, and says where experts lie', () => {
  // Two or three copies of the first expert, one or two of the others.
  expect(assignmentSize(small, 6)).toBe(8 * (1 + 3))
  const chosen = ['x0_0', 'x0_2', 'x2_1', 'x4_0', 'x7_1', 'x7_2']
  const { layoutOf } = assignmentProgram(small, 6, 5)
  expect(layoutOf((variable) => (chosen.includes(variable) ? 1 : 0))).toEqual([
    [0, 2],
    [1, 3],
    [0, 3],
  ])
})

test('there is no program of sets of experts where there are too many, or too many to look at', () => {
  const alike = (experts: number) => new Float64Array(experts).fill(1)
  expect(patternProgram({ loads: alike(40), devices: 4, slots: 10 }, 10)).toBeUndefined()
  // None of them fits, and each is seen to be too much with its last expert alone.
  expect(patternProgram({ loads: alike(30), devices: 3, slots: 10 }, 9.999)).toBeUndefined()
})
