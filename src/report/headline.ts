// What was run, in a few labelled lines: the facts a reader needs before the numbers.
import type { Experiment } from '../config/experiment/experiment.ts'
import type { TopologySpec } from '../hardware/spec.ts'
import type { Extrapolation, RunResult } from '../sim/result.ts'
import type { CountedSpec } from '../trace/synth/generator-spec.ts'
import { count } from './cells.ts'
import { oneOf } from './one-of.ts'

export interface Fact {
  readonly label: string
  readonly text: string
}

/** The parts of the resolved experiment that the headline reads; they keep their names in the result. */
type Facts = Pick<Experiment, 'hardware' | 'model' | 'workload' | 'endToEnd' | 'compat'> & {
  readonly routing:
    | { kind: 'trace'; file: string }
    | { kind: 'counts'; file: string; spec: CountedSpec }
    | Extract<Experiment['routing'], { kind: 'generator' }>
}

/** What a page about runs is called: on which hardware, which model, what work. */
export function runTitle(experiments: readonly RunResult['experiment'][]): string {
  const all = experiments as readonly Facts[]
  const names = (of: (each: Facts) => string, kind: string) => oneOf(all.map(of), kind)
  const hardware = names((each) => each.hardware.name, 'machines')
  const model = names((each) => each.model.name, 'models')
  const workload = names((each) => describeWorkload(each.workload), 'workloads')
  return `${model} on ${hardware}: ${workload}`
}

export function headline(result: RunResult): Fact[] {
  const experiment = result.experiment as Facts
  const { hardware, model } = experiment
  const facts: Fact[] = [
    { label: 'hardware', text: `${hardware.name} (${describeTopology(hardware.topology)})` },
    { label: 'model', text: `${model.name} (${model.experts} experts, top-${model.topK})` },
    { label: 'routing', text: describeRouting(experiment.routing, result.seeds) },
    { label: 'workload', text: describeWorkload(experiment.workload) },
    { label: 'layers', text: describeSimulatedLayers(result, experiment) },
    { label: result.seeds.length === 1 ? 'seed' : 'seeds', text: describeSeeds(result.seeds) },
  ]
  if (experiment.endToEnd !== undefined) {
    const text = `${count(experiment.endToEnd.contextTokens)} tokens per request: whole forward passes`
    facts.push({ label: 'context', text })
  }
  if (result.constants !== undefined) {
    const { published, fitted, assumed } = result.constants
    const text = `of the hardware: ${published} published, ${fitted} fitted to measurements, ${assumed} assumed`
    facts.push({ label: 'constants', text })
  }
  if (result.extrapolated !== undefined) {
    const text = result.extrapolated.map(outside).join(', ')
    facts.push({ label: 'extrapolated', text: `beyond what they were fitted on: ${text}` })
  }
  if (experiment.compat === 'paper') {
    facts.push({ label: 'compat', text: "paper (the forecasting paper's idealizations)" })
  }
  return facts
}

const QUANTITIES: Readonly<Record<Extrapolation['quantity'], string>> = {
  tokens: 'tokens',
  hidden: 'hidden',
  intermediate: 'inner width',
  experts: 'experts',
  topK: 'top-k',
  weightBytes: 'bytes of a weight',
}

function outside({ quantity, value, fitted: [least, most] }: Extrapolation): string {
  return `${QUANTITIES[quantity]} ${value} (${least} to ${most})`
}

function describeTopology(topology: TopologySpec): string {
  switch (topology.kind) {
    case 'mesh':
    case 'torus':
      return `${topology.columns}x${topology.rows} ${topology.kind}`
    case 'mesh-3d':
    case 'torus-3d':
      return `${topology.columns}x${topology.rows}x${topology.layers} ${topology.kind.replace('-3d', '')}`
    case 'ring':
    case 'crossbar':
      return `${topology.kind} of ${topology.dies} dies`
    case 'ring-of-rings':
      return `ring of ${topology.rings} rings of ${topology.diesPerRing} dies`
    case 'nodes':
      return `${topology.count} nodes, each a ${describeTopology(topology.node)}`
    case 'custom':
      return `${topology.dies} dies, ${topology.links.length} links`
  }
}

function describeRouting(routing: Facts['routing'], seeds: readonly number[]): string {
  if (routing.kind === 'trace') return routing.file
  const seed = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]}-${seeds.at(-1)}`
  if (routing.kind === 'counts') {
    return `generated routing (popularity counted in ${routing.file}, reuse ${routing.spec.reuse}, ${seed})`
  }
  const { skew, reuse } = routing.spec
  return `no trace given: generated routing (skew ${skew}, reuse ${reuse}, ${seed})`
}

const several = (times: number, what: string) => `${times} ${what}${times === 1 ? '' : 's'}`

function describeWorkload(workload: Facts['workload']): string {
  if (workload.kind === 'tokens') {
    const from = workload.concurrent ? ` from ${several(workload.concurrent, 'request')} at a time` : ''
    return `${several(workload.iterations, 'iteration')} of ${several(workload.tokens, 'token')}${from}`
  }
  const { decodeSteps } = workload
  const steps = decodeSteps === 'all' ? 'all decode steps' : several(decodeSteps, 'decode step')
  const again = workload.resampleSeed === undefined ? '' : ', drawn again where the trace has fewer'
  return `${several(workload.requests, 'request')} in lock step${again}: prefill, then ${steps}`
}

/** Up to this many layer ids are named; a longer list says less than its count. */
const NAMED_LAYERS = 12

function describeSimulatedLayers(result: RunResult, { model }: Facts): string {
  const moeLayers = model.moeLayers.length
  const ids = (result.results[0]?.layers ?? []).map(({ layer }) => layer)
  const share = `${ids.length} of ${moeLayers} MoE layers`
  const named = ids.length <= NAMED_LAYERS && ids.length < moeLayers ? `${share} (${ids.join(', ')})` : share
  const isSample = result.seeds.length === 1 && result.results[0]?.metrics.latency?.ci95 !== undefined
  return isSample ? `${named}, drawn at random: ± 95 % interval over such samples` : named
}

function describeSeeds(seeds: readonly number[]): string {
  if (seeds.length === 1) return `${seeds[0]}`
  return `${seeds[0]}-${seeds.at(-1)}: means over ${seeds.length} runs ± 95 % interval of the mean`
}
