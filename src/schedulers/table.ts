// The table of schedulers and presets: the one place that knows their names.
import { type Diagnostic, finding, nearest } from '../errors.ts'
import type { Compat } from '../hardware/package.ts'
import { adaptive } from './adaptive/adaptive.ts'
import { ep } from './ep/ep.ts'
import { forecastPrefetch } from './forecast/forecast-prefetch.ts'
import { fseDp } from './fse-dp/fse-dp.ts'
import { hydra } from './hydra/hydra.ts'
import { leastLoaded } from './least-loaded.ts'
import {
  canonicalId,
  changedOptions,
  fileNamed,
  type OptionsOf,
  type OptionValues,
  type RawScheduler,
  resolveOptions,
} from './options.ts'
import { roundRobin } from './round-robin.ts'
import type { Buffering, SchedulerContext, SchedulerDefinition } from './scheduler.ts'
import { tp } from './tp.ts'

const table = {
  ep,
  hydra,
  'fse-dp': fseDp,
  'round-robin': roundRobin,
  'forecast-prefetch': forecastPrefetch,
  adaptive,
  tp,
  'least-loaded': leastLoaded,
}

const known: Record<string, SchedulerDefinition> = { ...table }

export const schedulers: Readonly<Record<string, SchedulerDefinition>> = known

/**
 * Adds a scheduler that does not come with moesim, for this process: its threads do not know it, so experiments with it run
 * on the main one. False where there is a scheduler or preset of that name.
 */
export function addScheduler(name: string, definition: SchedulerDefinition): boolean {
  if (!/^[a-z][\w-]*$/i.test(name) || Object.hasOwn(known, name) || Object.hasOwn(presets, name)) return false
  known[name] = definition
  return true
}

/** Whether a scheduler was added to this process. */
export const isAdded = (name: string) => !Object.hasOwn(table, name)

/** The token buffering that a scheduler of the table asks for with these options. */
export function bufferingOf(scheduler: string, options: OptionValues): Buffering | undefined {
  return schedulers[scheduler]?.buffering?.(options)
}

/** What a scheduler of the table asks of hardware that does not have it, as far as that is plain before a run. */
export function misfitOf(
  { scheduler, options }: { readonly scheduler: string; readonly options: OptionValues },
  setting: Pick<SchedulerContext, 'hardware' | 'model'>,
): Diagnostic | undefined {
  return schedulers[scheduler]?.misfit?.(options, setting)
}

/** The file that a scheduler of the table is told to read; undefined: none. */
export function fileOption({
  scheduler,
  options,
}: {
  scheduler: string
  options: OptionValues
}): string | undefined {
  return fileNamed(schedulers[scheduler]!.options, options)
}

/** A preset is a scheduler with some options set; it keeps its own name as id. */
export interface Preset {
  readonly scheduler: string
  readonly options: OptionValues
  readonly summary: string
  readonly source: string
}

/** A preset of the scheduler `N`, which has every option that it sets. */
type PresetOf<N extends keyof typeof table> = Omit<Preset, 'scheduler' | 'options'> & {
  readonly scheduler: N
  readonly options: Partial<OptionsOf<(typeof table)[N]['options']>>
}

type KnownPreset = { [N in keyof typeof table]: PresetOf<N> }[keyof typeof table]

export const presets: Readonly<Record<string, Preset>> = {
  // Behind the slice at work two more are loading or waiting: enough to keep a channel busy whenever neither computing a
  // slice nor the memory's latency takes longer than reading one; a single one would have to hide both together.
  'ep-tiled': {
    scheduler: 'ep',
    options: { slices: 16, prefetch: 2 },
    summary:
      'ep that streams every expert through a buffer of 3 of its 16 slices per die: the fair baseline in memory',
    source: 'moesim',
  },
  'fse-dp-paired': {
    scheduler: 'fse-dp',
    options: { paired: true },
    summary: 'fse-dp with paired loads (A3 of the paper)',
    source: 'FSE-DP paper (arXiv 2603.27624): paired-load policy, ablation A3',
  },
  'fse-dp-naive': {
    scheduler: 'fse-dp',
    options: { naive: true },
    summary: 'fse-dp without fine-grained flow: one expert at a time, in phases (A1 of the paper)',
    source: 'FSE-DP paper (arXiv 2603.27624): naive FSE-DP, ablation A1',
  },
  'pred-only': {
    scheduler: 'forecast-prefetch',
    options: { allocate: false, predictor: 'cross-token', retain: true },
    summary: 'prediction and retention on round-robin tasks',
    source: 'forecasting paper (arXiv 2510.05497): the scheme Pred Only',
  },
  'allo-only': {
    scheduler: 'forecast-prefetch',
    options: { allocate: true, predictor: 'none', retain: false },
    summary: 'allocation alone, nothing retained',
    source: 'forecasting paper (arXiv 2510.05497): the scheme Allo Only',
  },
  'allo-pred': {
    scheduler: 'forecast-prefetch',
    options: { allocate: true, predictor: 'cross-token', retain: true },
    summary: 'allocation that counts retained replicas as holders',
    source: 'forecasting paper (arXiv 2510.05497): the scheme Allo+Pred',
  },
} satisfies Readonly<Record<string, KnownPreset>>

export interface ResolvedScheduler {
  readonly id: string
  readonly scheduler: string
  readonly options: OptionValues
}

/** Defaults of a scheduler's options, those of a preset laid over them. */
function defaultsOf(
  { options, paperDefaults }: SchedulerDefinition,
  preset: Preset | undefined,
  compat: Compat,
): OptionValues {
  const own = Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, spec.default]))
  return { ...own, ...(compat === 'paper' && paperDefaults), ...preset?.options } as OptionValues
}

/** Options of a scheduler that were given another value than the scheduler or preset that its id begins with has. */
export function askedOptions({ id, scheduler, options }: ResolvedScheduler, compat: Compat): string[] {
  const [name = ''] = id.split(':')
  return changedOptions(defaultsOf(schedulers[scheduler]!, presets[name], compat), options)
}

/** Looks a scheduler or preset up and checks its options. Findings instead of a result where something is wrong. */
export function resolveScheduler(
  raw: RawScheduler,
  compat: Compat,
  at: { file?: string | undefined } = {},
): { resolved?: ResolvedScheduler; findings: Diagnostic[] } {
  const preset = Object.hasOwn(presets, raw.name) ? presets[raw.name] : undefined
  const scheduler = preset?.scheduler ?? raw.name
  const definition = Object.hasOwn(schedulers, scheduler) ? schedulers[scheduler] : undefined
  if (definition === undefined) {
    const allowed = [...Object.keys(schedulers), ...Object.keys(presets)]
    const suggestion = nearest(raw.name, allowed)
    return {
      findings: [
        finding(
          'unknown-name',
          { kind: 'scheduler', name: raw.name, allowed, ...(suggestion && { suggestion }) },
          at,
        ),
      ],
    }
  }
  const defaults = defaultsOf(definition, preset, compat)
  const { values, findings } = resolveOptions(
    scheduler,
    definition.options,
    { ...defaults, ...raw.options },
    at,
  )
  if (findings.length > 0) return { findings }
  const asked = new Set(changedOptions(defaults, values))
  const conflict = definition.conflict?.(values, compat, asked)
  if (conflict !== undefined) return { findings: [finding('conflict', conflict, at)] }
  return { resolved: { id: canonicalId(raw.name, defaults, values), scheduler, options: values }, findings }
}
