// Whether the optimum of an experiment can be found: in a time that anybody waits for, and whether any schedule has room at all.
import type { Experiment } from '../config/experiment/experiment.ts'
import { fail } from '../errors.ts'
import { packageOf } from '../hardware/package.ts'
import { expertBytes, tokenBytes } from '../model/shape.ts'
import { programSeconds } from '../optimum/cost.ts'
import { MOST_SLICES } from '../schedulers/memory-fit.ts'
import { seatTokens } from '../sim/batch.ts'
import { choicesOf } from '../sim/choices.ts'
import type { LayerRouting } from '../trace/source.ts'
import { formatQuantity } from '../units.ts'
import type { Workload } from './workload.ts'

/** What is waited for one iteration of one layer, and for a run: beyond it a run is refused. */
const MOST_PROGRAM_SECONDS = 60
const MOST_RUN_SECONDS = 4 * 3600

export interface OptimumWork {
  /** Layers to simulate, each counted once for every seed. */
  readonly layers: number
  readonly workload: Workload
  /** Of the first seed, and one of its layers. */
  readonly routing: LayerRouting
  readonly layer: number
}

/** Refuses an optimum that takes too long, with what it would cost, and one of work that no schedule has room for. Throws UserError. */
export function assertOptimumFits(experiment: Experiment, work: OptimumWork): void {
  if (experiment.optimum === undefined) return
  const pkg = packageOf(experiment)
  const { dies } = pkg.topology
  const programs = work.layers * work.workload.iterations.length * experiment.schedulers.length
  const seconds = programSeconds(dies)
  const isTooLarge = seconds > MOST_PROGRAM_SECONDS
  if (isTooLarge || seconds * programs > MOST_RUN_SECONDS) {
    const each = `about ${Number(seconds.toPrecision(2))} s on ${dies} dies`
    const hours = Number(((seconds * programs) / 3600).toPrecision(2))
    fail('usage', {
      what: `the optimum of ${experiment.name} is too large: a linear program takes ${each}, and ${programs} of them (layers x iterations x schedulers) up to ${hours} h`,
      hint: `${isTooLarge ? 'take a package of fewer dies of the same kind' : 'sample: --layers sample:2, fewer iterations, seeds or schedulers'}; or leave --optimum out`,
    })
  }
  assertRoom(experiment, pkg.topology, work)
}

/** Tokens that rest on chip, and beside them the smallest slice of an expert with one token: less no schedule needs. */
function assertRoom(
  { hardware, model }: Experiment,
  topology: ReturnType<typeof packageOf>['topology'],
  { workload, routing, layer }: OptimumWork,
): void {
  const { sramBytes, activations } = hardware
  if (sramBytes === Infinity) return
  const { iterations, spread } = workload
  const size = (bytes: number) => formatQuantity(bytes, 'size')
  const sliceBytes = Math.ceil(expertBytes(model) / MOST_SLICES)
  const bytesOfToken = activations === 'sram' ? tokenBytes(model) : 0
  seatTokens(topology, iterations, spread).forEach((restingDie, i) => {
    const restingBytes = new Float64Array(topology.dies)
    for (const die of restingDie) restingBytes[die] = restingBytes[die]! + bytesOfToken
    const fullest = restingBytes.indexOf(Math.max(...restingBytes))
    const emptiest = Math.min(...restingBytes)
    const overflows = restingBytes[fullest]! > sramBytes
    if (!overflows && emptiest + sliceBytes <= sramBytes) return
    // Of the tokens that are in the way, or of all: the first expert that one of them needs.
    const token = restingDie.indexOf(fullest)
    const expert = choicesOf(iterations[i]!, routing.layerExperts(layer), model.topK)[token * model.topK]!
    fail('capacity', {
      what: `no schedule has room for expert ${expert} of layer ${layer} in iteration ${i + 1}: on die ${fullest} it`,
      needs: `${size(restingBytes[fullest]!)} of SRAM for the tokens that rest there and ${size(sliceBytes)} for the smallest slice`,
      has: size(sramBytes),
      hint: 'use a larger "sram", or fewer tokens',
    })
  })
}
