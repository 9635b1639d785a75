// Small made-up runs for scheduler tests: a few requests with prompt and answer tokens, on any machine.

import fc from 'fast-check'
import { randomStream } from '../../src/engine/random.ts'
import type { Compat } from '../../src/hardware/package.ts'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { buildTopology, type Topology } from '../../src/hardware/topology.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import { type OptionSpec, splitSchedulerText } from '../../src/schedulers/options.ts'
import { presets, resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import type { LayerWork } from '../../src/schedulers/work.ts'
import { buildWork, restingDies } from '../../src/sim/batch.ts'
import { ExpertCaches } from '../../src/sim/cache/expert-caches.ts'
import { choicesOf } from '../../src/sim/choices.ts'
import { LayerMachine } from '../../src/sim/machine/machine.ts'
import { binding, layerBounds } from '../../src/sim/metrics/bounds.ts'
import type { Span } from '../../src/sim/probe.ts'
import { tinyModel } from '../helpers/frames.ts'
import { knowledgeOf } from '../helpers/knowledge.ts'

export interface Story {
  readonly experts: number
  readonly topK: number
  readonly requests: number
  readonly prefill: number
  readonly decode: number
  /** 0: all experts alike; larger: the first ones are chosen more often. */
  readonly skew: number
  readonly seed: number
}

export const stories: fc.Arbitrary<Story> = fc.record({
  experts: fc.integer({ min: 3, max: 12 }),
  topK: fc.integer({ min: 1, max: 3 }),
  requests: fc.integer({ min: 1, max: 12 }),
  prefill: fc.integer({ min: 1, max: 6 }),
  decode: fc.integer({ min: 0, max: 3 }),
  skew: fc.integer({ min: 0, max: 3 }),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
})

const topologies = new WeakMap<HardwareSpec, Topology>()

/** Made once for each machine. */
export function topologyOf(hardware: HardwareSpec): Topology {
  const topology = topologies.get(hardware) ?? buildTopology(hardware.topology)
  topologies.set(hardware, topology)
  return topology
}

/** Other stories for every name, the same ones each time. */
export const seedOf = (name: string): number => Math.floor(randomStream(7, name)() * 2 ** 31)

export const modelOf = ({ experts, topK }: Story): ModelShape => tinyModel(experts, 3, topK)

/** Distinct experts for every row of all requests, request after request. */
function layerExperts({ experts, topK, requests, prefill, decode, skew, seed }: Story): Uint16Array {
  const random = randomStream(seed, 'story')
  const rows = Array.from({ length: requests * (prefill + decode) }, () => {
    const chosen = new Set<number>()
    while (chosen.size < topK) chosen.add(Math.floor(experts * random() ** (1 + skew)))
    return [...chosen]
  })
  return Uint16Array.from(rows.flat())
}

/** The prompt as one iteration, then a decode step for each answer token. */
export function worksOf(story: Story, topology: Topology): LayerWork[] {
  const { experts, topK, requests, prefill, decode } = story
  const table = layerExperts(story)
  const rowsAt = (from: number, count: number) => {
    const rows: number[] = []
    const owners: number[] = []
    for (let request = 0; request < requests; request++) {
      for (let i = 0; i < count; i++) {
        rows.push(request * (prefill + decode) + from + i)
        owners.push(request)
      }
    }
    return { rows: Int32Array.from(rows), requests: Int32Array.from(owners) }
  }
  const iterations = [
    { phase: 'prefill' as const, ...rowsAt(0, prefill) },
    ...Array.from({ length: decode }, (_, step) => ({
      phase: 'decode' as const,
      ...rowsAt(prefill + step, 1),
    })),
  ]
  return iterations.map((iteration, i) => {
    const restingDie = restingDies(iteration, topology, 'tokens', requests)
    const choices = choicesOf(iteration, table, topK)
    return buildWork({ layer: 0, iteration: i, topK, experts }, iteration, choices, restingDie, topology)
  })
}

export interface StoryRun {
  readonly latenciesPs: readonly number[]
  /** The largest bound of each iteration. */
  readonly boundsPs: readonly number[]
  /** Of each iteration. */
  readonly spans: readonly (readonly Span[])[]
  readonly machine: LayerMachine
}

/** Runs the iterations of one layer on one machine, under a scheduler given as on the command line. */
export function runWorks(
  scheduler: string,
  hardware: HardwareSpec,
  model: ModelShape,
  works: readonly LayerWork[],
  topology: Topology = topologyOf(hardware),
  compat: Compat = 'physical',
): StoryRun {
  const { resolved } = resolveScheduler(splitSchedulerText(scheduler)!, compat)
  const pkg = packageOf({ hardware, model, compat }, topology)
  // Every second run knows of a request beside the works: placements then start from other statistics.
  const knowledge = knowledgeOf(works, works[0]!.tokens % 2 === 0)
  const instance = schedulers[resolved!.scheduler]!.create(resolved!.options, { ...pkg, knowledge })
  let current: Span[] = []
  const probe = { span: (span: Span) => void current.push(span) }
  const { cache: request, slices } = instance
  const caches = request && new ExpertCaches({ pkg, request, slices, layers: [knowledge] })
  const machine = new LayerMachine(pkg, instance, probe, false, caches?.ofLayer(0))
  const latenciesPs: number[] = []
  const boundsPs: number[] = []
  const spans: Span[][] = []
  for (const work of works) {
    current = []
    machine.holdings.enter(work.iteration)
    const stayed = machine.cached?.enter(work)
    boundsPs.push(binding(layerBounds(work, pkg, { ...stayed, share: machine.holdings.share })).ps)
    latenciesPs.push(machine.runIteration(work))
    spans.push(current)
  }
  return { latenciesPs, boundsPs, spans, machine }
}

/** Options that are refused unless another one is set. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  copies: ['placement=balanced', 'placement=prefill-dup'],
  window: ['rebalance=1'],
  moves: ['rebalance=1'],
  stagger: ['rebalance=1'],
  overlap: ['rebalance=1'],
  into: ['ahead=3'],
  predictor: ['retain=true', 'ahead=3', 'cache=benefit'],
  predict: ['retain=true', 'ahead=3'],
  recall: ['predictor=accuracy'],
  evict: ['retain=true', 'ahead=3,into=memory'],
  sends: ['dispatch=die', 'dispatch=node'],
  batches: ['dispatch=die', 'dispatch=node'],
  'cache-bytes': ['cache=lru'],
  'cache-scope': ['cache=lru'],
  'cache-unit': ['cache=lru'],
  'cache-half-life': ['cache=lfru'],
}

function valuesOf(spec: OptionSpec): readonly (boolean | number | string)[] {
  if (spec.type === 'boolean') return [true, false]
  if (spec.type === 'enum') return spec.values
  if (spec.type === 'size') return [0, 'room']
  if (spec.type === 'integer' && spec.max === 2) return [1, 2]
  return [...new Set([spec.min, Math.max(spec.min, 3)])]
}

/** Whether a scheduler, as text, fits a made-up machine: where not, it is a user error, tested with what raises it. */
export function canRunOn(scheduler: string, hardware: HardwareSpec): boolean {
  const { name, memory, sramBytes } = hardware
  // Only kernels are launched, and only nodes pass tokens on.
  if (scheduler.includes('launch=die') && hardware.compute.kind !== 'kernel') return false
  if (scheduler.includes('batches=2') && hardware.compute.kind !== 'kernel') return false
  // Dies fall into groups.
  const ways = Number(/^tp:.*ways=(\d+)/.exec(scheduler)?.[1] ?? 0)
  if (ways > 0 && topologyOf(hardware).dies % ways > 0) return false
  if (scheduler.includes('dispatch=node') && hardware.topology.kind !== 'nodes') return false
  // Two whole experts do not fit.
  if (/^fse-dp.*:slices=1$/.test(scheduler) && name === 'small-sram') return false
  // No expert finds room beside the one at work.
  if (/cache=(?!none)/.test(scheduler) && sramBytes < 4 * 18_432) return false
  if (/^ep(-tiled)?:.*ahead=[1-9]|into=cache/.test(scheduler) && sramBytes < 16 * 18_432) return false
  const isForecast = /^forecast-prefetch|^pred-only|^allo-/.test(scheduler)
  // Two whole experts are at work beside it, and where the next use will be is not known.
  if (isForecast && /cache=(?!none)/.test(scheduler) && sramBytes < 8 * 18_432) return false
  if (isForecast && scheduler.includes('cache=min') && memory.tiers === undefined) return false
  // In front of the tiers there is room for four experts, and nothing is read ahead into SRAM past it.
  if (memory.tiers !== undefined && scheduler.includes('ahead=3')) return false
  // There is nothing to choose from.
  const isFixed = !memory.shared || memory.channelDies.length === 1
  if (isFixed && /channels=own|entry=trajectory/.test(scheduler)) return false
  if (memory.channelDies.length === 1 && scheduler.includes('layout=sequential')) return false
  return !(scheduler.includes('into=memory') && memory.shared)
}

/** Every scheduler and preset, as on the command line. */
export const entries = (): string[] => [...Object.keys(schedulers), ...Object.keys(presets)]

/** Each of them once more for every option it has, with that one changed. */
export function changedEntries(): string[] {
  return entries().flatMap((name) => {
    const { options } = schedulers[presets[name]?.scheduler ?? name]!
    const changed = Object.entries(options).flatMap(([key, spec]) => {
      const now = presets[name]?.options[key] ?? spec.default
      const needs = NEEDS[key]?.map((other) => `${other},`) ?? ['']
      const others = valuesOf(spec).filter((value) => value !== now)
      return needs.flatMap((other) => others.map((value) => `${other}${key}=${value}`))
    })
    // Options that refuse to stand together are not variants: what they say is tested with their scheduler.
    return (
      changed
        .map((change) => `${name}:${change}`)
        // Some stories leave no request out to make a profile of.
        .filter((text) => !text.includes('cache=static'))
        .filter((text) => resolveScheduler(splitSchedulerText(text)!, 'physical').resolved !== undefined)
    )
  })
}

export const allVariants = (): string[] => [...entries(), ...changedEntries()]
