// Where a run's routing comes from: the trace, opened once, or a generator made anew for each seed.
import type { Experiment } from '../config/experiment/experiment.ts'
import { type Diagnostic, finding } from '../errors.ts'
import type { Io } from '../io.ts'
import { Recent } from '../recent.ts'
import { expectationOf } from '../trace/expectation.ts'
import { histogramsOf } from '../trace/histogram.ts'
import { readTrace, refuseHistograms } from '../trace/open.ts'
import type { RoutingSource } from '../trace/source.ts'
import { warningsOfTrace } from '../trace/summary.ts'
import { countedRouting, countedShares } from '../trace/synth/counted-routing.ts'
import { generateRouting } from '../trace/synth/generator.ts'
import type { RoutingShape } from '../trace/synth/generator-spec.ts'
import { buildWorkload, type Workload } from './workload.ts'

type OnRead = (bytesDone: number, bytesTotal: number) => void
/** Told what is odd about a trace, once for each time that it is read. */
type OnWarning = (warning: Diagnostic) => void

/** Sources by seed, and workloads, that are kept of each routing. */
const MOST_KEPT = 2

/** The routing of experiments on the same trace or generator: by seed, with the workloads that are laid out on it. */
export class ExperimentRouting {
  private readonly make: (seed: number) => RoutingSource
  private readonly sources = new Recent<number, RoutingSource>(MOST_KEPT)
  private readonly workloads = new Recent<string, Workload>(MOST_KEPT)

  constructor(make: (seed: number) => RoutingSource) {
    this.make = make
  }

  of(seed: number): RoutingSource {
    return this.sources.get(seed, () => this.make(seed))
  }

  /** On the routing of its first seed, and the same for all: only what the tokens choose changes. Throws UserError. */
  workload({ workload, compat, seed }: Experiment): Workload {
    const source = this.of(seed)
    const key = JSON.stringify([workload, compat, source.sha256])
    return this.workloads.get(key, () => buildWorkload(workload, compat, source))
  }
}

/** Enough for experiments that take turns on a few traces; memory is that of so many traces. */
const MOST_OPEN = 4

/** Opens routings for many experiments: those on one trace read it once. */
export class RoutingCache {
  private readonly io: Io
  private readonly onRead: OnRead
  private readonly onWarning: OnWarning
  private readonly opened = new Recent<string, Promise<ExperimentRouting>>(MOST_OPEN)

  constructor(io: Io, onRead: OnRead, onWarning: OnWarning = () => {}) {
    this.io = io
    this.onRead = onRead
    this.onWarning = onWarning
  }

  /** Throws UserError. */
  open(experiment: Experiment): Promise<ExperimentRouting> {
    return this.opened.get(routingKey(experiment), () =>
      openRouting(this.io, experiment, this.onRead, this.onWarning),
    )
  }
}

/** Experiments of equal key have the same routing for the same seed. */
export function routingKey(experiment: Experiment): string {
  const { routing, model } = experiment
  return JSON.stringify([routing, model.name, shapeOf(experiment)])
}

export async function openRouting(
  io: Io,
  experiment: Experiment,
  onRead: OnRead,
  onWarning: OnWarning = () => {},
): Promise<ExperimentRouting> {
  const { routing, model } = experiment
  const shape = shapeOf(experiment)
  const expectation = expectationOf(model)
  if (routing.kind === 'generator') {
    return new ExperimentRouting((seed) => generateRouting(io, routing.spec, shape, seed))
  }
  const from = routing.kind === 'trace' ? routing.format : undefined
  const trace = await readTrace(io, routing.path, expectation, { onProgress: onRead, from })
  for (const what of warningsOfTrace(trace, expectation))
    onWarning(finding('trace', { what }, { file: routing.path, severity: 'warning' }))
  if (routing.kind === 'counts') {
    const histograms = trace.gives === 'histograms' ? trace.histograms : histogramsOf(io, trace.source)
    const shares = countedShares(histograms, model.topK)
    return new ExperimentRouting((seed) => countedRouting(io, histograms, shares, routing.spec, shape, seed))
  }
  if (trace.gives === 'histograms') return refuseHistograms(routing.path, trace)
  const { source } = trace
  return new ExperimentRouting(() => source)
}

function shapeOf({ model }: Experiment): RoutingShape {
  const { experts, topK, moeLayers, router } = model
  return { experts, topK, layers: moeLayers, router }
}
