// What a quantization config says of which modules, by quant_method: bytes of a weight, its share of scales included.
import { part } from '../../view.ts'
import { fp8TileBytes, integerGroupBytes, MXFP4_BYTES, MXFP8_BYTES, NVFP4_BYTES } from './block-bytes.ts'
import { groupBytes, groupsOf } from './compressed-tensors.ts'
import { modelopt } from './modelopt.ts'
import { ModuleNames } from './module-names.ts'
import {
  type Exception,
  entriesOf,
  exceptBytes,
  isTextList,
  type Quantization,
  textList,
  textOf,
  wholeOf,
} from './quantization-type.ts'
import { hqq, torchao } from './weight-only.ts'

/** Undefined where the format is not known, or says something that is not understood. */
type Reader = (config: unknown) => Quantization | undefined

/** Keys under which tools list modules that keep their type. */
const KEPT = [
  'ignore',
  'ignored_layers',
  'modules_to_not_convert',
  'exclude',
  'exclude_modules',
  'llm_int8_skip_modules',
  'skip_modules',
]

/** All linear layers take so many bytes a weight, except those that are listed as kept. */
function uniform(config: unknown, bytes: number | undefined): Quantization | undefined {
  return bytes === undefined ? undefined : { rest: bytes, exceptions: kept(config) }
}

function kept(config: unknown): Exception[] {
  const names = KEPT.flatMap((key) => textList(part(config, [key])))
  return names.length > 0 ? [{ names: new ModuleNames(names), bytes: undefined }] : []
}

const fp8: Reader = (config) => {
  const tile = part(config, ['weight_block_size'])
  if ((tile ?? null) === null) return uniform(config, 1)
  const [rows, columns] = Array.isArray(tile) ? tile.map(wholeOf) : []
  return uniform(config, rows && columns && fp8TileBytes(rows, columns))
}

/** GPTQ and AWQ: groups of 128 where the file says no more; a group of -1 is a row. */
const grouped =
  (hasZeros: (config: unknown) => boolean): Reader =>
  (config) => {
    const bits = bitsOf(config)
    const group = part(config, ['group_size']) ?? 128
    if (bits === undefined || (group !== -1 && wholeOf(group) === undefined)) return undefined
    const size = group === -1 ? undefined : wholeOf(group)
    const all = uniform(config, integerGroupBytes(bits, size, hasZeros(config)))
    return all && onlyBlocks(config, { ...all, exceptions: [...overrides(config, size), ...all.exceptions] })
  }

/** Some files list the modules of a block that are quantized; the rest keep their type. */
function onlyBlocks(config: unknown, all: Quantization): Quantization {
  const names = [part(config, ['modules_in_block_to_quantize'])].flat(2).flatMap(textList)
  if (names.length === 0) return all
  const listed: Exception = { names: new ModuleNames(names), bytes: all.rest }
  return { rest: undefined, exceptions: [...all.exceptions, listed] }
}

/** Modules with bits of their own: `dynamic` of GPTQ, where a minus keeps a module, and `extra_config` of AutoRound. */
function overrides(config: unknown, group: number | undefined): Exception[] {
  const dynamic = entriesOf(part(config, ['dynamic'])).map(([name, own]) => {
    const isKept = name.startsWith('-:')
    return [`re:${name.replace(/^[-+]:/, '')}`, isKept ? { bits: 16 } : own] as const
  })
  const extra = entriesOf(part(config, ['extra_config']))
  return exceptBytes([...dynamic, ...extra], (own) => {
    const bits = bitsOf(own) ?? bitsOf(config) ?? 16
    if (bits >= 16) return undefined
    const size = part(own, ['group_size'])
    return integerGroupBytes(bits, size === -1 ? undefined : (wholeOf(size) ?? group), true)
  })
}

const bitsandbytes: Reader = (config) => {
  const says = (key: string) => part(config, [key]) === true || part(config, [`_${key}`]) === true
  if (says('load_in_8bit')) return uniform(config, 1)
  if (!says('load_in_4bit')) return undefined
  // Blocks of 64 with a 32-bit maximum; or 8-bit ones, in blocks of 256 of their own.
  const maximum = says('bnb_4bit_use_double_quant') ? 1 + 4 / 256 : 4
  return uniform(config, 0.5 + maximum / 64)
}

/** MLX keeps a scale and a bias of 16 bits for each group, and states modules that differ by their names. */
const mlx: Reader = (config) => {
  const bytes = mlxBytes(config)
  if (bytes === undefined) return undefined
  const own = entriesOf(config)
    .filter(([name]) => name.includes('.'))
    .map(([name, value]) => [name.replace('switch_mlp', 'experts'), value] as const)
  return {
    rest: bytes,
    exceptions: exceptBytes(own, (value) => (value === false ? undefined : mlxBytes(value))),
  }
}

function mlxBytes(config: unknown): number | undefined {
  const mode = part(config, ['mode']) ?? 'affine'
  if (mode === 'mxfp4') return MXFP4_BYTES
  if (mode === 'mxfp8') return MXFP8_BYTES
  if (mode === 'nvfp4') return NVFP4_BYTES
  const [bits, group] = [bitsOf(config), wholeOf(part(config, ['group_size']))]
  if (mode !== 'affine' || bits === undefined || !group) return undefined
  return bits / 8 + 4 / group
}

const compressedTensors: Reader = (config) => {
  const sparsity = part(config, ['sparsity_config', 'format']) ?? 'dense'
  const groups = groupsOf(part(config, ['config_groups']))
  if (sparsity !== 'dense' || groups === undefined) return undefined
  return { ...groups, exceptions: [...kept(config), ...groups.exceptions] }
}

const optModel: Reader = (config) => {
  const read = part(config, ['config_groups']) === undefined ? modelopt(config) : compressedTensors(config)
  return read && { ...read, exceptions: [...kept(config), ...read.exceptions] }
}

/** AMD Quark: one config for all, others by pattern. */
const quark: Reader = (config) => {
  const weightBytes = (own: unknown) => groupBytes(part(own, ['weight']))
  const all = uniform(config, weightBytes(part(config, ['global_quant_config'])))
  const byName = entriesOf(part(config, ['layer_quant_config']))
  if (all === undefined || byName.some(([, own]) => weightBytes(own) === undefined)) return undefined
  return { ...all, exceptions: [...all.exceptions, ...exceptBytes(byName, weightBytes)] }
}

/** Only the routed experts are quantized. */
const expertsOnly =
  (bytes: number): Reader =>
  () => ({ rest: undefined, exceptions: [{ names: new ModuleNames(['*.experts.*']), bytes }] })

const gptq = grouped(() => true)
const awq = grouped((config) => part(config, ['zero_point']) !== false)
const autoRound: Reader = (config) =>
  (part(config, ['data_type']) ?? 'int') === 'int' ? gptq(config) : undefined

const READERS: Readonly<Record<string, Reader>> = {
  fp8,
  fbgemm_fp8: (config) => uniform(config, 1),
  eetq: (config) => uniform(config, 1),
  mxfp4: expertsOnly(MXFP4_BYTES),
  awq,
  gptq,
  'auto-round': autoRound,
  bitsandbytes,
  'compressed-tensors': compressedTensors,
  modelopt: optModel,
  quark,
  torchao: (config) => uniform(config, torchao(config)),
  hqq: (config) => uniform(config, hqq(config)),
}

/** Methods that are read. */
export const METHODS: readonly string[] = [...Object.keys(READERS), 'MLX']

/** Reads a quantization config; one without a method is MLX's. Undefined where it is not understood. */
export function readQuantization(config: unknown): Quantization | undefined {
  if (!KEPT.every((key) => isTextList(part(config, [key])))) return undefined
  const isModelopt = part(config, ['quant_algo']) !== undefined
  const method = isModelopt ? 'modelopt' : part(config, ['quant_method'])
  if (method === undefined) return mlx(config)
  // Methods may be called after a kernel or a type too.
  const name = textOf(method).replace(/_(marlin|fp4|mixed)$/, '')
  return Object.hasOwn(READERS, name) ? READERS[name]?.(config) : undefined
}

function bitsOf(config: unknown): number | undefined {
  const bits = part(config, ['bits']) ?? part(config, ['w_bit'])
  return typeof bits === 'number' && bits >= 1 && bits <= 32 ? bits : undefined
}
