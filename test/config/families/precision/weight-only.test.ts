// Bytes of a weight in torchao and HQQ configs.
import { expect, test } from 'vitest'
import { hqq, torchao } from '../../../../src/config/families/precision/weight-only.ts'

/** Four bits, and a scale and a zero point of 16 bits to so many weights. */
const grouped = (bits: number, group: number) => bits / 8 + 4 / group

test.each<[string, object, number | undefined]>([
  ['an old name', { quant_type: 'int4_weight_only', quant_type_kwargs: { group_size: 32 } }, grouped(4, 32)],
  ['an old name without a group', { quant_type: 'int4_weight_only' }, grouped(4, 128)],
  [
    'a config class with its data',
    { quant_type: { default: { _type: 'Int4WeightOnlyConfig', _data: { group_size: 64 } } } },
    grouped(4, 64),
  ],
  ['eight bits', { quant_type: 'int8_weight_only' }, 1],
  ['eight bits of both', { quant_type: { default: { _type: 'Int8DynamicActivationInt8WeightConfig' } } }, 1],
  ['floats of eight bits', { quant_type: { default: { _type: 'Float8WeightOnlyConfig' } } }, 1],
  ['activations alone', { quant_type: 'float8_dynamic_activation' }, undefined],
  [
    'modules that differ',
    { quant_type: { default: { _type: 'Int8WeightOnlyConfig' }, other: {} } },
    undefined,
  ],
  ['nothing', {}, undefined],
])('torchao with %s', (_, config, bytes) => {
  expect(torchao(config)).toBe(bytes)
})

test.each<[string, object, number | undefined]>([
  ['its parameters', { quant_config: { weight_quant_params: { nbits: 4, group_size: 64 } } }, grouped(4, 64)],
  ['eight bits', { nbits: 8, group_size: 32 }, grouped(8, 32)],
  ['one bit', { nbits: 1, group_size: 16 }, grouped(1, 16)],
  ['nine bits', { nbits: 9, group_size: 32 }, undefined],
  ['no group', { nbits: 4 }, undefined],
  ['no bits', { group_size: 64 }, undefined],
])('HQQ with %s', (_, config, bytes) => {
  expect(hqq(config)).toBe(bytes)
})
