// Where a run's routing comes from: the trace, opened once, or a generator made anew for each seed.
import type { Experiment } from '../config/experiment.ts'
import type { Io } from '../io.ts'
import { generateRouting } from '../trace/generator.ts'
import { openTrace } from '../trace/open.ts'
import type { RoutingSource } from '../trace/source.ts'

export async function openRouting(
  io: Io,
  experiment: Experiment,
  onRead: (bytesDone: number, bytesTotal: number) => void,
): Promise<(seed: number) => RoutingSource> {
  const { routing, model } = experiment
  const { experts, topK, moeLayers, router } = model
  if (routing.kind === 'generator') {
    const shape = { experts, topK, layers: moeLayers, router }
    return (seed) => generateRouting(io, routing.spec, shape, seed)
  }
  const expectation = { model: model.name, experts, topK, moeLayers }
  const trace = await openTrace(io, routing.path, expectation, onRead)
  return () => trace
}
