// The placement study on a tiny model: which rows are judged, and that verdicts follow from what was simulated.
import { beforeAll, describe, expect, test } from 'vitest'
import type { FigureResult } from '../../../src/papers/figure.ts'
import { placement } from '../../../src/papers/offload/placement.ts'
import { PLACEMENTS, THROUGHPUTS } from '../../../src/papers/offload/published.ts'
import { type Served, throughput } from '../../../src/papers/offload/served-request.ts'
import { TinyLab } from '../tiny-lab.ts'

const sets = [
  ...['generator.requests=4', 'generator.classes=4', 'generator.prefill_tokens=12'],
  ...['generator.decode_tokens=48', 'model.expert_intermediate=64'],
]
let result: FigureResult
beforeAll(async () => {
  result = await placement.run(new TinyLab(sets))
})
const rowOf = (id: string) => result.rows.find((row) => row.id === id)!
const oursOf = (id: string) => rowOf(id).ours.value

describe('the placement study', () => {
  test('has a row for each measured throughput, and judges those that nothing was fitted to', () => {
    const rows = THROUGHPUTS.flatMap(({ share }) =>
      PLACEMENTS.map((name) => `placement-${100 * share}-${name}`),
    )
    expect(result.rows.slice(0, 20).map(({ id }) => id)).toEqual(rows)
    const judged = rows.filter((id) => rowOf(id).judgement !== null)
    expect(judged).toEqual(rows.filter((id) => /-(10|90)-|50-(freq|dyn)/.test(id)))
    expect(rowOf('placement-10-random').published!.text).toBe('56.63 token/s (G122)')
    expect(rowOf('placement-90-dynamic').published!.text).toBe('95.04 token/s (G133)')
  })

  test('is slower the fewer experts lie on the GPUs, and the same for all where none or all do', () => {
    for (const name of PLACEMENTS) {
      const values = [0, 10, 50, 90, 100].map((percent) => oursOf(`placement-${percent}-${name}`))
      if (name !== 'dynamic') expect(values).toEqual([...values].sort((a, b) => a - b))
      expect(values[0]).toBe(oursOf('placement-0-uniform'))
      expect(values[4]).toBe(oursOf('placement-100-uniform'))
    }
  })

  test('says of the order what the throughputs say', () => {
    for (const suffix of ['', '-copied']) {
      const isAhead = (percent: number) =>
        oursOf(`placement-${percent}-dynamic${suffix}`) > oursOf(`placement-${percent}-frequency`)
      const holding = [isAhead(10), isAhead(50), !isAhead(90)].filter((holds) => holds).length
      const { judgement } = rowOf(`placement-flip${suffix}`)
      expect(judgement!.verdict).toBe(['fail', 'partly', 'partly', 'pass'][holding])
    }
    expect(oursOf('placement-flip')).toBeGreaterThan(oursOf('placement-flip-copied'))
    for (const { id, reason } of result.rows) expect(reason, id).not.toMatch(/undefined|NaN|\.$/)
  })
})

test('what was chosen after results had been seen is marked as a reading, and nothing else is', () => {
  for (const { id, reading } of result.rows) expect(reading !== undefined, id).toBe(id.endsWith('-copied'))
  const copied = result.rows.filter(({ reading }) => reading !== undefined).map(({ id }) => id)
  expect(copied.filter((id) => id.endsWith('-dynamic-copied'))).toHaveLength(3)
})

test('a request’s throughput is its answer over prompt, answer and copies', () => {
  const second = 1e12
  const served = { promptPs: second, answerPs: 2 * second, copies: 100, copyPs: 0.01 * second } as Served
  expect(throughput(served)).toBeCloseTo(338 / 4, 9)
  expect(throughput({ ...served, copyPs: 0 })).toBeCloseTo(338 / 3, 9)
})
