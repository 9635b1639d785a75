// Groups of a compressed-tensors config: which modules each targets, and what a weight in it takes.
import { part } from '../../view.ts'
import { fp8TileBytes, integerGroupBytes, MXFP4_BYTES, MXFP8_BYTES, NVFP4_BYTES } from './block-bytes.ts'
import { ModuleNames } from './module-names.ts'
import {
  type Exception,
  entriesOf,
  type Quantization,
  textList,
  textOf,
  wholeOf,
} from './quantization-type.ts'

/** Targets may be classes. What a class other than `Linear` contains is told by its name. */
const CLASSES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^[A-Z]\w*Attention/, ['*attn.*', '*attention.*']],
  [/^[A-Z]\w*(?:Expert|MoE|Moe)/, ['*.experts.*']],
]

/** Undefined where a group's weights are of no known format. Groups that name modules come before one for all. */
export function groupsOf(configGroups: unknown): Quantization | undefined {
  const groups = entriesOf(configGroups).map(([, group]) => group)
  const exceptions: Exception[] = []
  let rest: number | undefined
  for (const group of groups) {
    const weights = part(group, ['weights'])
    const bytes = (weights ?? null) === null ? undefined : groupBytes(weights)
    if (bytes === undefined && (weights ?? null) !== null) return undefined
    const targets = part(group, ['targets']) === undefined ? ['Linear'] : textList(part(group, ['targets']))
    if (targets.includes('Linear')) rest = bytes
    const names = targets.filter((target) => target !== 'Linear').flatMap(namesOf)
    if (names.length > 0) exceptions.push({ names: new ModuleNames(names), bytes })
  }
  return groups.length > 0 ? { rest, exceptions } : undefined
}

function namesOf(target: string): readonly string[] {
  return CLASSES.find(([pattern]) => pattern.test(target))?.[1] ?? [target]
}

/** Bytes of a weight as the `weights` of a group state them, or the `weight` of a Quark config. */
export function groupBytes(weights: unknown): number | undefined {
  const { bits, isFloat } = elementOf(weights) ?? {}
  if (bits === undefined) return undefined
  const group = wholeOf(part(weights, ['group_size']))
  if (!isFloat) return integerGroupBytes(bits, group, part(weights, ['symmetric']) === false)
  const tile = part(weights, ['block_structure'])
  if (Array.isArray(tile)) return tileBytes(bits, tile)
  if (bits === 8) return group === 32 ? MXFP8_BYTES : group === undefined ? 1 : undefined
  if (bits === 16) return 2
  if (bits === 4) return group === 16 ? NVFP4_BYTES : group === 32 ? MXFP4_BYTES : undefined
  return undefined
}

function tileBytes(bits: number, [rows, columns]: readonly unknown[]): number | undefined {
  const isTile = wholeOf(rows) !== undefined && wholeOf(columns) !== undefined
  return bits === 8 && isTile ? fp8TileBytes(Number(rows), Number(columns)) : undefined
}

/** `num_bits` and `type`, or Quark's `dtype` such as fp4, fp8_e4m3, int4, uint4. */
function elementOf(weights: unknown): { bits: number; isFloat: boolean } | undefined {
  const bits = wholeOf(part(weights, ['num_bits']))
  if (bits !== undefined && bits <= 32) return { bits, isFloat: part(weights, ['type']) === 'float' }
  const [, kind, width] =
    /^(fp|u?int|mxfp|bfloat|float)(\d+)(?:_e\dm\d)?$/.exec(textOf(part(weights, ['dtype']))) ?? []
  return kind === undefined ? undefined : { bits: Number(width), isFloat: !kind.endsWith('int') }
}
