// Command-line flags and --set texts, as overrides of an experiment file.
import { type Diagnostic, finding, UserError } from '../errors.ts'
import { isTraceFormat, unknownFormat } from '../trace/formats/format-ids.ts'
import { parseConfig } from './document.ts'
import { OUTPUT_FORMATS } from './experiment/experiment.ts'
import { MAX_COUNT, MAX_JITTER, MAX_SEED, MAX_SEEDS } from './experiment/schema.ts'
import { MAX_LAYERS } from './model/schema.ts'
import { type Override, part } from './view.ts'

/** Flags that change an experiment, as typed. */
export interface ExperimentFlags {
  readonly hardware?: string | undefined
  readonly model?: string | undefined
  readonly trace?: string | undefined
  readonly from?: string | undefined
  readonly schedulers?: readonly string[] | undefined
  readonly baseline?: string | undefined
  readonly tokens?: string | undefined
  readonly requests?: string | undefined
  readonly iterations?: string | undefined
  readonly decodeSteps?: string | undefined
  readonly resample?: boolean | undefined
  readonly layers?: string | undefined
  readonly optimum?: boolean | undefined
  readonly seed?: string | undefined
  readonly seeds?: string | undefined
  readonly jitter?: string | undefined
  readonly format?: string | undefined
  readonly output?: string | undefined
}

interface Overrides {
  readonly overrides: Override[]
  readonly findings: Diagnostic[]
}

/** Flags as overrides of `base`, the experiment file's value. */
export function flagOverrides(flags: ExperimentFlags, base: unknown): Overrides {
  const overrides: Override[] = []
  const findings: Diagnostic[] = []
  const usage = (what: string, hint?: string) =>
    findings.push(finding('usage', { what, ...(hint && { hint }) }))
  const set = (label: string, path: string[], value: unknown, written: string) =>
    overrides.push({ path, value, label, written })
  const whole = (label: string, text: string | undefined, min: number, max: number): number | undefined => {
    if (text === undefined) return undefined
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    usage(`${label} must be a whole number from ${min} to ${max}, got "${text}"`)
    return undefined
  }

  for (const key of ['hardware', 'model', 'trace', 'baseline'] as const) {
    const text = flags[key]
    if (text !== undefined) set(`--${key}`, [key], text, text)
  }
  if (flags.from !== undefined) {
    if (isTraceFormat(flags.from)) set('--from', ['trace_format'], flags.from, flags.from)
    else findings.push(unknownFormat(flags.from))
  }
  if (flags.schedulers && flags.schedulers.length > 0) {
    set('--scheduler', ['schedulers'], [...flags.schedulers], flags.schedulers.join(' '))
  }
  if (flags.optimum) set('--optimum', ['optimum'], true, 'true')
  const seed = whole('--seed', flags.seed, 0, MAX_SEED)
  if (seed !== undefined) set('--seed', ['seed'], seed, String(seed))
  const seeds = whole('--seeds', flags.seeds, 1, MAX_SEEDS)
  if (seeds !== undefined) set('--seeds', ['seeds'], seeds, String(seeds))
  const jitter = whole('--jitter', flags.jitter, 1, MAX_JITTER)
  if (jitter !== undefined) set('--jitter', ['jitter'], jitter, String(jitter))
  if (flags.format !== undefined) {
    const known = (OUTPUT_FORMATS as readonly string[]).includes(flags.format)
    if (known) set('--format', ['output', 'format'], flags.format, flags.format)
    else usage(`--format must be one of ${OUTPUT_FORMATS.join(', ')}, got "${flags.format}"`)
  }
  if (flags.output !== undefined) set('--output', ['output', 'file'], flags.output, flags.output)
  if (flags.layers !== undefined) {
    const layers = layerSelection(flags.layers)
    if (layers === undefined) {
      usage(`--layers must be all, sample:COUNT or layer ids such as 0,5,9, got "${flags.layers}"`)
    } else set('--layers', ['layers'], layers, flags.layers)
  }
  const workload = workloadValue(flags, part(base, ['workload']), whole, usage)
  if (workload !== undefined) set(workload.label, ['workload'], workload.value, workload.written)
  return { overrides, findings }
}

function layerSelection(text: string): string | number[] | undefined {
  if (text === 'all' || /^sample:[1-9]\d{0,4}$/.test(text)) return text
  if (!/^\d{1,5}(,\d{1,5})*$/.test(text)) return undefined
  const ids = text.split(',').map(Number)
  return ids.every((id) => id < MAX_LAYERS) ? ids : undefined
}

/** `--tokens` and `--requests` choose the kind of workload; what they leave open stays as the file has it. */
function workloadValue(
  flags: ExperimentFlags,
  base: unknown,
  whole: (label: string, text: string | undefined, min: number, max: number) => number | undefined,
  usage: (what: string, hint?: string) => void,
): { label: string; value: unknown; written: string } | undefined {
  if (flags.tokens !== undefined && flags.requests !== undefined) {
    usage('--tokens and --requests exclude each other', 'tokens per iteration, or requests in lock step')
    return undefined
  }
  const tokens = whole('--tokens', flags.tokens, 1, MAX_COUNT)
  const requests = whole('--requests', flags.requests, 1, MAX_COUNT)
  const iterations = whole('--iterations', flags.iterations, 1, MAX_COUNT)
  const decodeSteps =
    flags.decodeSteps === 'all' ? 'all' : whole('--decode-steps', flags.decodeSteps, 0, MAX_COUNT)
  const isLockStep =
    flags.requests !== undefined || (flags.tokens === undefined && part(base, ['requests']) !== undefined)
  if (isLockStep && flags.iterations !== undefined) {
    usage('--iterations goes with tokens per iteration', 'with requests in lock step use --decode-steps')
  }
  if (!isLockStep && flags.decodeSteps !== undefined) {
    usage('--decode-steps goes with requests in lock step', 'give --requests too, or use --iterations')
  }
  if (!isLockStep && flags.resample)
    usage('--resample goes with requests in lock step', 'give --requests too')
  const kept = isLockStep ? ['requests', 'decode_steps', 'resample'] : ['tokens', 'iterations', 'concurrent']
  const { resample } = flags
  const given = Object.entries({ tokens, iterations, requests, decode_steps: decodeSteps, resample }).filter(
    ([key, value]) => value !== undefined && kept.includes(key),
  )
  if (given.length === 0) return undefined
  const before = kept.map((key) => [key, part(base, [key])] as const).filter(([, v]) => v !== undefined)
  return {
    label: given.map(([key]) => `--${key.replace('_', '-')}`).join(' '),
    value: { ...Object.fromEntries(before), ...Object.fromEntries(given) },
    written: given.map(([, v]) => String(v)).join(' '),
  }
}

/** `path.to.key=value` texts as overrides; the value is read as YAML. */
export function setOverrides(sets: readonly string[]): Overrides {
  const overrides: Override[] = []
  const findings: Diagnostic[] = []
  for (const text of sets) {
    const label = `--set ${text}`
    const equals = text.indexOf('=')
    const path = text.slice(0, Math.max(0, equals)).trim().split('.')
    const written = text.slice(equals + 1).trim()
    if (equals < 0 || written === '' || path.some((step) => step.trim() === '')) {
      const hint = 'it has the form path.to.key=value, such as hardware.link.bandwidth=96 GB/s'
      findings.push(finding('usage', { what: `cannot understand "${label}"`, hint }))
      continue
    }
    try {
      overrides.push({ path, value: parseConfig(label, written).value, label, written })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      // Positions within the value alone would mislead.
      findings.push(...error.diagnostics.map((d) => ({ ...d, span: undefined })))
    }
  }
  return { overrides, findings }
}
