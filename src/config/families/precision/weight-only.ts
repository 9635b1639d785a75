// Bytes of a weight in torchao and HQQ configs, which quantize all linear layers alike.
import { part } from '../../view.ts'
import { blockBytes } from './block-bytes.ts'
import { textOf, wholeOf } from './quantization-type.ts'

/** Both keep a scale and a zero point of 16 bits. */
const groupedBytes = (bits: number, block: number) => blockBytes({ bits, block, scaleBytes: 4 })

/** Old files name a type, newer ones a config class with its data. Undefined where modules differ or it is not known. */
export function torchao(config: unknown): number | undefined {
  const type = part(config, ['quant_type'])
  const only = part(type, ['default'])
  const named = typeof type === 'string' ? type : part(only, ['_type'])
  const name = textOf(named).toLowerCase().replaceAll('_', '')
  const isOne = typeof type === 'string' || Object.keys(type ?? {}).length === 1
  if (!isOne) return undefined
  const group =
    part(config, ['quant_type_kwargs', 'group_size']) ?? part(only, ['_data', 'group_size']) ?? 128
  if (name.startsWith('int4weightonly')) return groupedBytes(4, wholeOf(group) ?? 128)
  const isByte = /^(int8weightonly|int8dynamicactivationint8weight|float8\w*weight\w*)/.test(name)
  return isByte ? 1 : undefined
}

export function hqq(config: unknown): number | undefined {
  const weights = part(config, ['quant_config', 'weight_quant_params']) ?? config
  const [bits, group] = [wholeOf(part(weights, ['nbits'])), wholeOf(part(weights, ['group_size']))]
  return bits !== undefined && bits <= 8 && group !== undefined ? groupedBytes(bits, group) : undefined
}
