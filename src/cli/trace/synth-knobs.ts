// The knobs that `moesim trace synth` is asked for: from a preset, a file, a fit or a model, changed by options.
import { type Diagnostic, fail, finding, UserError } from '../../errors.ts'
import type { RoutingSource } from '../../trace/source.ts'
import type { DepthValue } from '../../trace/synth/depth.ts'
import type { GeneratorSpec, MOST_OF_KNOB, RoutingShape } from '../../trace/synth/generator-spec.ts'
import { PRESET_LENGTHS, PRESETS } from '../../trace/synth/presets.ts'
import type { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { fittedKnobs } from './synth-like.ts'
import type { ChosenKnobs, SynthOptions } from './synth-options.ts'

export const PRESET_NAMES = Object.keys(PRESETS)

const DEFAULT_REQUESTS = 100
const LIMIT_BYTES = 256 * 2 ** 20

/** Throws UserError where the options do not say what to make, or contradict each other. */
export async function synthKnobs(
  session: Session,
  options: SynthOptions,
  progress: Progress,
): Promise<ChosenKnobs> {
  const { preset, like, knobs } = options
  const given = Object.entries({ preset, like, knobs }).filter(([, value]) => value !== undefined)
  if (given.length > 1) {
    const what = `${given.map(([key]) => `--${key}`).join(' and ')} exclude each other`
    return fail('usage', { what, hint: 'keep one of them; knobs given as options change it' })
  }
  const start = await startingKnobs(session, options, progress)
  return {
    ...start,
    shape: await withLayers(start.shape, options.layers),
    spec: changed(start.spec, options),
  }
}

async function startingKnobs(
  session: Session,
  options: SynthOptions,
  progress: Progress,
): Promise<ChosenKnobs> {
  const { preset, like, knobs, model } = options
  if (like !== undefined) return fittedKnobs(session, like, options, progress)
  if (knobs !== undefined) {
    const { readConfig } = await import('../../config/library.ts')
    const { parseKnobs } = await import('../../trace/synth/knobs-file.ts')
    return parseKnobs(await readConfig(session.io, knobs, LIMIT_BYTES), knobs)
  }
  const name = model ?? preset
  if (name === undefined) {
    const hint = 'give --preset, --like, --knobs or --model'
    return fail('usage', { what: 'nothing says which model the trace is to be of', hint })
  }
  const { loadModel } = await import('../../config/model/model.ts')
  const { name: modelName, experts, topK, moeLayers, router, routing } = await loadModel(session.io, name)
  const own = { ...routing, topics: 4 }
  return {
    model: modelName,
    shape: { experts, topK, layers: moeLayers, router },
    spec: {
      ...{ requests: DEFAULT_REQUESTS, ...PRESET_LENGTHS },
      ...(preset === undefined ? own : PRESETS[preset]!),
    },
  }
}

/** Layers are chosen as by other commands. Throws UserError. */
async function withLayers(shape: RoutingShape, text: string | undefined): Promise<RoutingShape> {
  if (text === undefined) return shape
  const { flagOverrides } = await import('../../config/flags.ts')
  const { layerSelection } = await import('../../config/experiment/workload.ts')
  const { selectLayers } = await import('../../run/layers.ts')
  const { overrides, findings } = flagOverrides({ layers: text }, {})
  if (findings.length > 0) throw new UserError(findings)
  // Of a source only the label and the layers are looked at.
  const covered: Pick<RoutingSource, 'label' | 'layers'> = { label: 'the model', layers: shape.layers }
  const selection = layerSelection(overrides[0]!.value as string | number[])
  return { ...shape, layers: selectLayers(selection, covered as RoutingSource, 0) }
}

/** The spec with what the options say about it. Values are checked by the generator; here, that they are numbers. */
function changed(spec: GeneratorSpec, options: SynthOptions): GeneratorSpec {
  const findings: Diagnostic[] = []
  const read = <T>(
    label: string,
    text: string | undefined,
    parse: (text: string) => T | undefined,
    what: string,
  ) => {
    const value = text === undefined ? undefined : parse(text)
    if (text !== undefined && value === undefined) {
      findings.push(finding('usage', { what: `${label} must be ${what}, got "${text}"` }))
    }
    return value
  }
  const whole = (label: string, text?: string) => read(label, text, wholeNumber, 'a whole number')
  const number = (label: string, text?: string) => read(label, text, plainNumber, 'a number')
  const depth = (label: string, text?: string) =>
    read(label, text, depthValue, 'a number, or LAYER:VALUE pairs such as 0:0,47:0.3')
  const lengths = {
    prefillTokens: whole('--prompt-tokens', options.promptTokens),
    decodeTokens: whole('--answer-tokens', options.answerTokens),
  }
  const structure = {
    classes: whole('--classes', options.classes),
    focus: number('--focus', options.focus),
    persistence: number('--persistence', options.persistence),
    lengthSpread: number('--length-spread', options.lengthSpread),
    affinity: depth('--affinity', options.affinity),
    coactivation: depth('--coactivation', options.coactivation),
    drift: depth('--drift', options.drift),
  } satisfies Record<keyof typeof MOST_OF_KNOB | 'classes', DepthValue | undefined>
  const plain = {
    skew: depth('--skew', options.skew),
    reuse: depth('--reuse', options.reuse),
    topics: whole('--topics', options.topics),
    requests: whole('--requests', options.requests),
  }
  if (findings.length > 0) throw new UserError(findings)
  const { lengths: listed, popularity, ...others } = spec.structure ?? {}
  // Lengths and popularity that were measured give way to knobs that say them.
  const keepsLengths = [...Object.values(lengths), structure.lengthSpread].every(
    (value) => value === undefined,
  )
  const keepsPopularity = [plain.skew, plain.topics, structure.drift].every((value) => value === undefined)
  const all = {
    ...{ ...others, ...defined(structure) },
    ...(keepsLengths && listed && { lengths: listed }),
    ...(keepsPopularity && popularity && { popularity }),
  }
  const hasStructure = Object.keys(all).length > 0
  const { structure: _replaced, ...rest } = spec
  return { ...rest, ...defined(plain), ...defined(lengths), ...(hasStructure && { structure: all }) }
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function plainNumber(text: string): number | undefined {
  return /^\d+(\.\d+)?$|^\.\d+$/.test(text) ? Number(text) : undefined
}

function depthValue(text: string): DepthValue | undefined {
  if (!text.includes(':')) return plainNumber(text)
  const pairs = text.split(',').map((pair) => pair.split(':'))
  const points = pairs.flatMap(([layer = '', value = '', more]) => {
    const [id, at] = [wholeNumber(layer), plainNumber(value)]
    return id === undefined || at === undefined || more !== undefined ? [] : [[id, at] as const]
  })
  return points.length === pairs.length ? points : undefined
}
