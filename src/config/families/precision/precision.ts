// Bytes per weight and per activation that a Hugging Face config.json, and the file beside it, state.
import type { Path } from '../../document.ts'
import type { Reporter } from '../../validate.ts'
import { part } from '../../view.ts'
import { MXFP4_BYTES } from './block-bytes.ts'
import { type ModelParts, modelParts, type PartShape } from './model-parts.ts'
import { type Module, ModuleNames } from './module-names.ts'
import { METHODS, readQuantization } from './quantization.ts'
import type { Quantization } from './quantization-type.ts'

/** In moesim's keys. Left out: the same as the one before it. */
export interface Precision {
  readonly weight_bytes: number
  readonly dense_weight_bytes?: number
  readonly feed_forward_weight_bytes?: number
  readonly activation_bytes: number
}

/** Where a precision may be stated. */
export interface Source {
  readonly value: unknown
  /** The mapping with the keys of the language model; what is not there may stand at the top. */
  readonly root: Path
  readonly report: Reporter
  /** The `hf_quant_config.json` beside the file; counts where the file itself says nothing. */
  readonly companion?: { readonly value: unknown; readonly report: Reporter } | undefined
  /** Keys that a user states, whatever the file says. */
  readonly stated: ReadonlySet<string>
}

const DTYPE_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  bfloat16: 2,
  float16: 2,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
}
/** Of a file that states no type, or `auto`: that of the check-point, which is of 16 bits wherever nothing is said. */
const UNSTATED_BYTES = 2
const STATE_TYPE = 'state it: --set model.weight_bytes=... --set model.activation_bytes=...'
const STATE_BYTES =
  'state them: --set model.weight_bytes=... and, outside the experts, --set model.dense_weight_bytes=...'

/** Steps of patterns that are tried with the names of a layer's modules, at most: seconds. */
const MOST_STEPS = 20_000

/** Reports types and formats that are not understood, unless the user states what they would have given. */
export function precisionOf(source: Source, shape: PartShape): Precision {
  const stored = storedBytes(source)
  const quantization = quantizationOf(source, shape.layers)
  if (quantization === undefined) return { weight_bytes: stored, activation_bytes: stored }
  const bytes = new PartBytes(withExpertType(quantization, source), stored, shape)
  const weight = bytes.ofExperts()
  const attention = bytes.ofAttention() ?? weight
  const feedForward = bytes.ofFeedForward() ?? attention
  return {
    weight_bytes: weight,
    ...(attention !== weight && { dense_weight_bytes: attention }),
    ...(feedForward !== attention && { feed_forward_weight_bytes: feedForward }),
    // Check-points of 8-bit floats keep 16-bit activations between kernels.
    activation_bytes: Math.max(stored, UNSTATED_BYTES),
  }
}

function firstOf({ value, root }: Source, keys: readonly string[]): Path | undefined {
  const paths = keys.flatMap((key): Path[] => [[...root, key], [key]])
  return paths.find((path) => (part(value, path) ?? null) !== null)
}

function storedBytes(source: Source): number {
  const path = firstOf(source, ['torch_dtype', 'dtype'])
  const written = path && part(source.value, path)
  const name = typeof written === 'string' ? written.replace(/^torch\./, '') : written
  const isStated = source.stated.has('weight_bytes') && source.stated.has('activation_bytes')
  if (name === 'auto' && !isStated) {
    const what = `${path!.at(-1)} is auto, which states no type: 2 bytes are taken`
    source.report.at('conflict', path!, { what, hint: `if that is wrong, ${STATE_TYPE}` }, 'value', 'warning')
  }
  if (name === undefined || name === 'auto') return UNSTATED_BYTES
  if (typeof name === 'string' && Object.hasOwn(DTYPE_BYTES, name)) return DTYPE_BYTES[name]!
  if (!isStated)
    source.report.badValue(path!, `one of ${Object.keys(DTYPE_BYTES).join(', ')}; or ${STATE_TYPE}`)
  return UNSTATED_BYTES
}

/** Undefined where nothing is quantized, or where what is there is reported. */
function quantizationOf(source: Source, layers: number): Quantization | undefined {
  const { companion } = source
  const own = firstOf(source, ['quantization_config', 'quantization'])
  const isBeside = own === undefined && part(companion?.value, ['quantization']) !== undefined
  const path = isBeside ? ['quantization'] : own
  if (path === undefined) return undefined
  const { value, report } = isBeside ? companion! : source
  const quantization = readQuantization(part(value, path))
  const unclear = quantization?.exceptions.map(({ names }) => unclearIn(names, layers)).find((name) => name)
  if (quantization !== undefined && unclear === undefined) return quantization
  if (unclear !== undefined && !source.stated.has('weight_bytes')) {
    report.badValue(
      path,
      `of patterns that are understood and not too many, which "${unclear}" is not; or ${STATE_BYTES}`,
    )
  } else if (!source.stated.has('weight_bytes')) {
    const known = `a quantization whose bytes per weight are known (${METHODS.join(', ')})`
    report.badValue(path, `${known}; or ${STATE_BYTES}`)
  }
  return undefined
}

/** A pattern that is not understood, or one of too many to be tried. */
function unclearIn(names: ModuleNames, layers: number): string | undefined {
  return names.unclear ?? (names.steps(layers) > MOST_STEPS ? names.firstPattern : undefined)
}

/** DeepSeek-V4 states a type of its own for the routed experts. */
function withExpertType(quantization: Quantization, source: Source): Quantization {
  const path = firstOf(source, ['expert_dtype'])
  if (path === undefined || part(source.value, path) !== 'fp4') return quantization
  const experts = { names: new ModuleNames(['*.experts.*']), bytes: MXFP4_BYTES }
  return { ...quantization, exceptions: [experts, ...quantization.exceptions] }
}

/** Bytes of a weight in the parts of a model: the mean over their modules, by weights. */
class PartBytes {
  private readonly quantization: Quantization
  private readonly stored: number
  private readonly shape: PartShape
  private readonly parts: ModelParts

  constructor(quantization: Quantization, storedBytes: number, shape: PartShape) {
    this.quantization = quantization
    this.stored = storedBytes
    this.shape = shape
    this.parts = modelParts(shape)
  }

  ofAttention(): number | undefined {
    return this.mean(() => this.parts.attention)
  }

  /** Undefined where there are neither shared experts nor layers without routed ones. */
  ofFeedForward(): number | undefined {
    return this.mean((layer) => (this.shape.moeLayers.has(layer) ? this.parts.shared : this.parts.dense))
  }

  private mean(modulesOf: (layer: number) => ModelParts['attention']): number | undefined {
    const mean = new Mean()
    for (let layer = 0; layer < this.shape.layers; layer++) {
      for (const module of modulesOf(layer)) mean.add(module.weights, this.named(layer, module))
    }
    return mean.value
  }

  /** Of the routed experts, some of which may be named one by one. */
  ofExperts(): number {
    const { moeLayers, experts, matrices } = this.shape
    const mean = new Mean()
    for (const layer of moeLayers) {
      let left = 1
      for (const { names, bytes } of this.quantization.exceptions) {
        const share = Math.min(left, names.expertShare(layer, experts, matrices))
        mean.add(share, bytes ?? this.stored)
        left -= share
      }
      for (const module of this.parts.experts) mean.add(left / matrices, this.named(layer, module))
    }
    return mean.value ?? this.stored
  }

  private named(layer: number, module: Module): number {
    const { exceptions, rest } = this.quantization
    const exception = exceptions.find(({ names }) => names.has(layer, module))
    return (exception === undefined ? rest : exception.bytes) ?? this.stored
  }
}

/** A weighted mean that is exact where all values are the same. */
class Mean {
  private readonly weightOf = new Map<number, number>()

  add(weight: number, value: number): void {
    if (weight > 0) this.weightOf.set(value, (this.weightOf.get(value) ?? 0) + weight)
  }

  get value(): number | undefined {
    const [first, ...others] = [...this.weightOf.keys()]
    if (others.length === 0) return first
    let [weights, sum] = [0, 0]
    for (const [value, weight] of this.weightOf) {
      weights += weight
      sum += weight * value
    }
    return sum / weights
  }
}
