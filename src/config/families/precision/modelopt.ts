// NVIDIA ModelOpt: quantization by the name of its algorithm, in config.json or in hf_quant_config.json beside it.
import { part } from '../../view.ts'
import { fp8TileBytes, integerGroupBytes, MXFP4_BYTES, MXFP8_BYTES, NVFP4_BYTES } from './block-bytes.ts'
import { entriesOf, exceptBytes, type Quantization, textOf, wholeOf } from './quantization-type.ts'

const MIXED = 'MIXED_PRECISION'

/** Without what is ignored. Undefined where the algorithm is not known. */
export function modelopt(config: unknown): Quantization | undefined {
  const algorithm = part(config, ['quant_algo'])
  // Only the cache is quantized.
  if (algorithm === null) return { rest: undefined, exceptions: [] }
  if (algorithm !== MIXED) {
    const rest = algorithmBytes(config)
    return rest === undefined ? undefined : { rest, exceptions: [] }
  }
  const layers = entriesOf(part(config, ['quantized_layers']))
  if (layers.length === 0 || layers.some(([, own]) => algorithmBytes(own) === undefined)) return undefined
  return { rest: undefined, exceptions: exceptBytes(layers, algorithmBytes) }
}

function algorithmBytes(config: unknown): number | undefined {
  const algorithm = textOf(part(config, ['quant_algo'])).toUpperCase()
  const group = wholeOf(part(config, ['group_size']))
  if (algorithm.includes('NVFP4')) return NVFP4_BYTES
  if (algorithm.includes('MXFP4')) return MXFP4_BYTES
  if (algorithm === 'MXFP8') return MXFP8_BYTES
  if (algorithm === 'FP8_PB_WO' || algorithm === 'FP8_PB_REAL') return fp8TileBytes(128, 128)
  if (algorithm.startsWith('FP8') || algorithm.startsWith('W8A')) return 1
  if (algorithm.startsWith('W4A')) return integerGroupBytes(4, group ?? 128, false)
  return undefined
}
