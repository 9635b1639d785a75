// Where a run's routing comes from: the trace, opened once, or a generator made anew for each seed.
import type { Experiment } from '../config/experiment/experiment.ts'
import type { Io } from '../io.ts'
import { Recent } from '../recent.ts'
import { expectationOf } from '../trace/expectation.ts'
import { openHistograms, openTrace } from '../trace/open.ts'
import { type PortableRouting, portableTables } from '../trace/portable.ts'
import type { RoutingSource } from '../trace/source.ts'
import { countedRouting, countedShares } from '../trace/synth/counted-routing.ts'
import { generateRouting } from '../trace/synth/generator.ts'
import type { RoutingShape } from '../trace/synth/generator-spec.ts'

type OnRead = (bytesDone: number, bytesTotal: number) => void

export async function openRouting(
  io: Io,
  experiment: Experiment,
  onRead: OnRead,
): Promise<(seed: number) => RoutingSource> {
  const opened = await openAll(io, experiment, onRead)
  return (seed) => opened(seed).source
}

/** A source, and what other threads are given of it. */
export interface OpenedRouting {
  readonly source: RoutingSource
  readonly portable: PortableRouting
}

/** Enough for experiments that take turns on a few traces; memory is that of so many traces. */
const MOST_OPEN = 4

/** Opens routings for many experiments: those on one trace read it once. */
export class RoutingCache {
  private readonly io: Io
  private readonly onRead: OnRead
  private readonly opened = new Recent<string, Promise<(seed: number) => OpenedRouting>>(MOST_OPEN)

  constructor(io: Io, onRead: OnRead) {
    this.io = io
    this.onRead = onRead
  }

  /** Throws UserError. */
  open(experiment: Experiment): Promise<(seed: number) => OpenedRouting> {
    return this.opened.get(routingKey(experiment), () => openAll(this.io, experiment, this.onRead))
  }
}

/** Experiments of equal key have the same routing for the same seed. */
export function routingKey(experiment: Experiment): string {
  const { routing, model } = experiment
  return JSON.stringify([routing, model.name, shapeOf(experiment)])
}

async function openAll(
  io: Io,
  experiment: Experiment,
  onRead: OnRead,
): Promise<(seed: number) => OpenedRouting> {
  const { routing, model } = experiment
  const shape = shapeOf(experiment)
  if (routing.kind === 'generator') {
    const { spec } = routing
    return (seed) => {
      const source = generateRouting(io, spec, shape, seed)
      return { source, portable: { kind: 'generator', sha256: source.sha256, spec, shape, seed } }
    }
  }
  if (routing.kind === 'counts') {
    const { spec } = routing
    const histograms = await openHistograms(io, routing.path, expectationOf(model), { onProgress: onRead })
    const shares = countedShares(histograms, model.topK)
    return (seed) => {
      const source = countedRouting(io, histograms, shares, spec, shape, seed)
      return { source, portable: { kind: 'counts', sha256: source.sha256, shares, spec, shape, seed } }
    }
  }
  const source = await openTrace(io, routing.path, expectationOf(model), onRead, routing.format)
  const opened = { source, portable: portableTables(source) }
  return () => opened
}

function shapeOf({ model }: Experiment): RoutingShape {
  const { experts, topK, moeLayers, router } = model
  return { experts, topK, layers: moeLayers, router }
}
