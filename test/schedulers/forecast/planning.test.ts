// The time that planning takes: charged once a layer and iteration, before anything is loaded.
import { expect, test } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { tinyModel, workOf } from '../../helpers/frames.ts'
import { madeUp } from '../machines.ts'
import { runWorks } from '../stories.ts'

const crossbar = madeUp.find(({ name }) => name === 'crossbar-8')!
const topology = buildTopology(crossbar.topology)
const model = tinyModel(16, 3)
const chosen = [[5], [5], [9], [2]]
const prefill = { ...workOf(chosen, 16, topology), phase: 'prefill' as const }
const decode = { ...workOf(chosen, 16, topology), phase: 'decode' as const }
const works = [prefill, decode, decode]
const NS = 22_000

test.each(['allo-pred', 'allo-only', 'pred-only'])(
  '%s starts that much later in every iteration',
  (preset) => {
    const free = runWorks(preset, crossbar, model, works)
    const planned = runWorks(`${preset}:planning=${NS}`, crossbar, model, works)
    expect(planned.latenciesPs).toEqual(free.latenciesPs.map((ps) => ps + NS * 1000))
    expect(planned.machine.traffic).toEqual(free.machine.traffic)
    // The first load of an iteration begins when planning is over.
    const firstStartPs = (spans: (typeof planned.spans)[number]) =>
      Math.min(...spans.map(({ startPs }) => startPs))
    expect(firstStartPs(planned.spans[0]!)).toBe(firstStartPs(free.spans[0]!) + NS * 1000)
  },
)
