// A whole run of one scheduler over hand-made routing: the jobs of a seed, one after the other.
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import type { SimulationOutcome } from '../../src/run/outcome.ts'
import { SeedRun } from '../../src/run/seed-run.ts'
import { JobRunner } from '../../src/run/worker.ts'
import type { ResolvedScheduler } from '../../src/schedulers/table.ts'
import { seatTokens } from '../../src/sim/batch.ts'
import type { EndToEnd } from '../../src/sim/end-to-end.ts'
import type { Iteration } from '../../src/sim/iteration.ts'
import type { RoutingSource } from '../../src/trace/source.ts'

export interface WholeRun {
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly source: RoutingSource
  readonly layers: readonly number[]
  readonly iterations: readonly Iteration[]
  readonly scheduler: ResolvedScheduler
  readonly endToEnd?: EndToEnd | undefined
}

export async function wholeRun(of: WholeRun): Promise<SimulationOutcome> {
  const { hardware, model, source, layers, iterations, scheduler, endToEnd } = of
  const pkg = packageOf({ hardware, model, compat: 'physical' })
  const spread = 'tokens'
  const restingDie = seatTokens(pkg.topology, iterations, spread)
  const experiment = { endToEnd, schedulers: [scheduler], jitter: 0 }
  const setting = { experiment, pkg, workload: { iterations, spread }, restingDie } as const
  const run = new SeedRun(setting, { seed: 1, layers }, source.portable, source)
  const runner = new JobRunner()
  for (const layer of layers) {
    for (const totals of await runner.runLayers(run.job([layer], [scheduler]))) run.add(totals)
  }
  return run.outcomes().get(scheduler.id)!
}
