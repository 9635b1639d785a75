// Every value of every option of every scheduler: it makes a difference somewhere in a run of its kind, or the run says why not.
import { describe, expect, it } from 'vitest'
import { loadExperiment } from '../../src/config/load.ts'
import { type Diagnostic, describe as textOf, UserError } from '../../src/errors.ts'
import { runExperiments } from '../../src/run/run-many.ts'
import { sameResults } from '../../src/run/same-results.ts'
import type { OptionSpec } from '../../src/schedulers/options.ts'
import { presets, schedulers } from '../../src/schedulers/table.ts'
import { memoryIo } from '../helpers/memory-io.ts'

/** Options that are refused unless another one is set. */
const NEEDS: Readonly<Record<string, string>> = {
  'adaptive:predictor': 'ahead=3',
  'adaptive:predict': 'ahead=3',
  'ep:copies': 'placement=balanced',
  'ep:cache-bytes': 'cache=lru',
  'ep:cache-scope': 'cache=lru,cache-bytes=40 kB',
  'ep:cache-unit': 'cache=lru,cache-bytes=70 kB,slices=4',
  'ep:cache-start': 'cache=lru',
  'ep:cache-half-life': 'cache=lfru,cache-bytes=40 kB',
  'ep:predictor': 'ahead=2',
  'ep:predict': 'ahead=5',
  'ep:recall': 'ahead=10,predictor=accuracy',
  'forecast-prefetch:recall': 'allocate=false,predictor=accuracy',
  'forecast-prefetch:cache-bytes': 'cache=lru',
  'forecast-prefetch:cache-scope': 'cache=lru,cache-bytes=40 kB',
  'forecast-prefetch:cache-unit': 'cache=lru,cache-bytes=70 kB',
  'forecast-prefetch:cache-start': 'cache=lru',
  'forecast-prefetch:cache-half-life': 'cache=lfru,cache-bytes=40 kB',
  'fse-dp:rotate': 'naive=true',
  'fse-dp:cold': 'buffering=50',
  'fse-dp:buffering-unit': 'buffering=50',
  'fse-dp:buffering-resume': 'buffering=50',
  'fse-dp:buffering-stagger': 'buffering=50',
  // Without allocation most experts are fetched from afar, and there is much to keep.
  'forecast-prefetch:retain': 'allocate=false',
  'forecast-prefetch:predictor': 'allocate=false',
  'forecast-prefetch:predict': 'allocate=false',
  'forecast-prefetch:evict': 'allocate=false',
  'forecast-prefetch:replicas': 'allocate=false',
  'forecast-prefetch:into': 'ahead=3',
}

function valuesOf(spec: OptionSpec): readonly (boolean | number | string)[] {
  if (spec.type === 'boolean') return [true, false]
  if (spec.type === 'enum') return spec.values
  if (spec.type === 'size') return ['0 B', '20 kB', '1 GB']
  return [...new Set([spec.min, Math.min(spec.max, spec.min + 20), spec.max])]
}

/** Of a scheduler or preset: as it is, and with one option changed. */
function pairsOf(name: string): [like: string, changed: string][] {
  const scheduler = presets[name]?.scheduler ?? name
  return Object.entries(schedulers[scheduler]!.options).flatMap(([key, spec]) => {
    const needs = presets[name] === undefined ? NEEDS[`${scheduler}:${key}`] : undefined
    const like = needs === undefined ? name : `${name}:${needs}`
    const now = presets[name]?.options[key] ?? spec.default
    // A longer half-life takes longer runs than these to show.
    const isShort = (value: unknown) => key !== 'cache-half-life' || Number(value) < Number(now)
    const others = valuesOf(spec).filter((value) => value !== now && isShort(value))
    return others.map((value): [string, string] => [
      like,
      `${like}${needs === undefined ? ':' : ','}${key}=${value}`,
    ])
  })
}

const machine = (memory: object, topology: object = { kind: 'mesh', columns: 2, rows: 2 }) => ({
  topology,
  link: { bandwidth: '20 GB/s', latency: '50 ns', sharing: 'fair' },
  sram: 'unlimited',
  memory: {
    kind: 'other',
    efficiency: 1,
    latency: '20 ns',
    bandwidth: '10 GB/s',
    capacity: '100 kB',
    ...memory,
  },
  activations: 'sram',
})
const HARDWARE: Readonly<Record<string, object>> = {
  'memory of its own on every die': machine({ shared: false }),
  'memory that all dies share': machine({ shared: true }),
  'one memory channel': machine({ shared: true, channels: [1], capacity: 'unlimited' }),
  'one die': machine({ shared: true, capacity: 'unlimited' }, { kind: 'ring', dies: 1 }),
}
/** Tried one after the other until one shows a difference. */
const WORKLOADS: Readonly<Record<string, readonly object[]>> = {
  'one iteration': [{ tokens: 24 }, { tokens: 160 }, { tokens: 5 }],
  'prompts alone': [
    { requests: 4, decode_steps: 0 },
    { requests: 16, decode_steps: 0 },
  ],
  'prompts and answers': [
    { requests: 4, decode_steps: 6 },
    { requests: 16, decode_steps: 10 },
    { requests: 40, decode_steps: 3 },
  ],
}
/** Reading weights takes longest, or computing, or sending tokens, which are more than weights. */
const BALANCES = [
  { peak: '0.5 TFLOP/s', sizes: { expert_intermediate: 64, activation_bytes: 1 } },
  { peak: '0.01 TFLOP/s', sizes: { expert_intermediate: 64, activation_bytes: 1 } },
  { peak: '0.5 TFLOP/s', sizes: { expert_intermediate: 1, activation_bytes: 16 } },
]
type Balance = (typeof BALANCES)[number]

async function run(
  scheduler: string,
  hardware: object,
  workload: object,
  { peak, sizes }: Balance,
  isWhole: boolean,
) {
  const model = {
    ...{ layers: 2, hidden: 64, experts: 12, top_k: 2, weight_bytes: 1, ...sizes },
    ...{
      weight_bytes: 1,
      activation_bytes: 1,
      attention: { kind: 'gqa', heads: 4, kv_heads: 2, head_dim: 16 },
    },
  }
  const generator = { prefill_tokens: 8, decode_tokens: 10, requests: 60, skew: 1, reuse: 0.2 }
  const experiment = {
    ...{
      hardware: { ...hardware, compute: { model: 'ideal', peak } },
      model,
      workload,
      generator,
      schedulers: [scheduler],
    },
    ...(isWhole && { end_to_end: { context: 50 } }),
  }
  const io = memoryIo({ 'e.json': JSON.stringify(experiment) }, 4096)
  const told: string[] = []
  const hooks = {
    ...{ version: '1.2.3', onTraceRead: () => {}, onProgress: async () => {} },
    onWarning: (warning: Diagnostic) => void told.push(textOf(warning)),
  }
  try {
    const loaded = await loadExperiment(io, { file: 'e.json', flags: {}, sets: [] })
    const [result] = await runExperiments(io, [loaded.experiment], hooks)
    for (const warning of [...loaded.warnings, ...sameResults(result!)]) hooks.onWarning(warning)
    return { numbers: JSON.stringify(result!.results.map(({ metrics }) => metrics)), told, isRefused: false }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { numbers: '', told, isRefused: true }
  }
}

const known = new Map<string, ReturnType<typeof run>>()
function runOnce(...setting: Parameters<typeof run>): ReturnType<typeof run> {
  const key = JSON.stringify(setting)
  const before = known.get(key) ?? run(...setting)
  known.set(key, before)
  return before
}

/** That the option at the end of a scheduler's text has no effect. */
function isTold(scheduler: string, told: readonly string[]): boolean {
  const option = /([\w-]+=)[^=]*$/.exec(scheduler)![1]!
  return told.some(
    (text) => text.slice(text.indexOf(', so ')).includes(option) || text.includes('pauses no request'),
  )
}

/** Whether a value changes a number on some of the workloads, or something is said of it. */
async function isHeard(like: string, changed: string, hardware: object, workloads: readonly object[]) {
  const isWhole = changed.includes('buffering')
  for (const workload of workloads) {
    for (const balance of BALANCES) {
      const before = await runOnce(like, hardware, workload, balance, isWhole)
      // What it would have to be held against cannot run here.
      if (before.isRefused) return true
      const after = await run(changed, hardware, workload, balance, isWhole)
      if (after.isRefused || isTold(changed, after.told) || after.numbers !== before.numbers) return true
    }
  }
  return false
}

async function silentOn(name: string, hardware: string, workload: string): Promise<string[]> {
  const silent: string[] = []
  for (const [like, changed] of pairsOf(name)) {
    if (!(await isHeard(like, changed, HARDWARE[hardware]!, WORKLOADS[workload]!))) silent.push(changed)
  }
  return silent
}

describe.each(Object.keys(schedulers))('%s', (name) => {
  const kinds = Object.keys(HARDWARE).flatMap((hardware) =>
    Object.keys(WORKLOADS).map((workload): [string, string] => [hardware, workload]),
  )
  it.each(kinds)('on %s, with %s: every value is heard of', async (hardware, workload) => {
    expect(await silentOn(name, hardware, workload)).toEqual([])
  })
})

it.each(Object.keys(presets))('%s: every value is heard of', async (name) => {
  expect(await silentOn(name, 'memory of its own on every die', 'prompts and answers')).toEqual([])
})
