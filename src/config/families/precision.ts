// Bytes per weight and per activation that a Hugging Face config.json states.
import type { Path } from '../document.ts'
import type { Reporter } from '../validate.ts'
import { part } from '../view.ts'

const DTYPE_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  bfloat16: 2,
  float16: 2,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
}
const UNSTATED_BYTES = 2
/** 4-bit values with one 8-bit scale for every 32 of them. */
const MXFP4_BYTES = 4.25 / 8

/**
 * Precision of weights (quantization_config before torch_dtype, else 2 bytes) and of activations (torch_dtype). `dense`:
 * of weights outside the routed experts where only those are quantized.
 * Scales and zero points of integer formats are not counted. Reports formats whose size is not known.
 */
export function weightBytes(
  value: unknown,
  root: Path,
  report: Reporter,
): { weight: number; dense?: number; activation: number } {
  const at = (...path: string[]): Path | undefined =>
    [[...root, ...path], path].find((p) => (part(value, p) ?? null) !== null)
  const dtypePath = at('torch_dtype') ?? at('dtype')
  const dtype = dtypePath && part(value, dtypePath)
  const stated =
    typeof dtype === 'string' && Object.hasOwn(DTYPE_BYTES, dtype) ? DTYPE_BYTES[dtype] : undefined
  if (dtypePath && stated === undefined)
    report.badValue(dtypePath, `one of ${Object.keys(DTYPE_BYTES).join(', ')}`)
  const activation = stated ?? UNSTATED_BYTES
  const quantizationPath = at('quantization_config')
  if (quantizationPath === undefined) return { weight: activation, activation }
  const quantization = part(value, quantizationPath)
  const weight = quantizedBytes(quantization)
  if (weight === undefined) {
    report.badValue(
      quantizationPath,
      'a quantization whose bits per weight are known: fp8, mxfp4, or one that states its bits',
    )
  }
  // 8-bit float check-points keep 16-bit activations between kernels.
  const isOfExpertsOnly = part(quantization, ['quant_method']) === 'mxfp4'
  return {
    weight: weight ?? UNSTATED_BYTES,
    ...(isOfExpertsOnly && { dense: activation }),
    activation: Math.max(activation, UNSTATED_BYTES),
  }
}

function quantizedBytes(config: unknown): number | undefined {
  const method = part(config, ['quant_method'])
  if (method === 'fp8' || method === 'fbgemm_fp8') return 1
  if (method === 'mxfp4') return MXFP4_BYTES
  if (part(config, ['load_in_8bit']) === true) return 1
  if (part(config, ['load_in_4bit']) === true) return 0.5
  // compressed-tensors states its bits per group of layers; the first group is the one of the experts.
  const groups = part(config, ['config_groups'])
  const firstGroup = typeof groups === 'object' && groups !== null ? Object.values(groups)[0] : undefined
  const bits = part(config, ['bits']) ?? part(firstGroup, ['weights', 'num_bits'])
  return typeof bits === 'number' && bits >= 1 && bits <= 32 ? bits / 8 : undefined
}
