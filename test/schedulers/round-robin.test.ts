// The forecasting paper's Base: experts to dies in turn, by first appearance.
import { expect, it } from 'vitest'
import { buildTopology } from '../../src/hardware/topology.ts'
import { roundRobinTasks } from '../../src/schedulers/round-robin.ts'
import { expertTokens } from '../../src/schedulers/work.ts'
import { frameHardware, runLayer, tinyModel, workOf } from '../helpers/frames.ts'

const columns = buildTopology({ kind: 'mesh', columns: 3, rows: 2, numbering: 'column-major' })
const work = workOf(
  [
    [4, 2],
    [7, 4],
    [0, 2],
    [1, 0],
  ],
  8,
  columns,
)

it('the i-th expert to appear runs whole on die (i + offset) mod dies, in die order', () => {
  // First seen: 4, 2, 7, 0, 1. Die order down the columns: 0, 3, 1, 4, 2, 5.
  const tasks = roundRobinTasks(work, { topology: columns }, 7)
  const dies = Object.fromEntries(tasks.map(({ expert, die }) => [expert, die]))
  expect(dies).toEqual({ 4: 3, 2: 1, 7: 4, 0: 2, 1: 5 })
  expect(tasks.map(({ expert }) => expert)).toEqual([0, 1, 2, 4, 7])
  for (const { expert, fromPair, toPair } of tasks) expect(toPair - fromPair).toBe(expertTokens(work, expert))
})

it('computes where the turn says, with the offset asked for', () => {
  const base = frameHardware({ load: 6, hop: 2, compute: 3, pieces: 3 })
  const mesh = buildTopology(base.topology)
  const small = workOf([[5], [3], [5], [0]], 8, mesh)
  const { spans } = runLayer('round-robin:offset=2', base, tinyModel(8, 3), small)
  const dies = Object.fromEntries(spans.filter((s) => s.kind === 'compute').map((s) => [s.expert, s.die]))
  expect(dies).toEqual({ 5: 2, 3: 3, 0: 0 })
})
