// Sets of modules: literal names, globs and expressions, of all layers and of one.
import { describe, expect, test } from 'vitest'
import { ModuleNames } from '../../../../src/config/families/precision/module-names.ts'

const has = (pattern: string, layer: number, name: string) =>
  new ModuleNames([pattern]).has(layer, { names: ['other.thing', name] })

describe('a set of module names', () => {
  test.each<[string, number, string, boolean]>([
    ['self_attn', 3, 'self_attn.q_proj', true],
    ['mlp.gate', 3, 'mlp.gate_proj', false],
    ['model.layers.3.mlp', 3, 'mlp.up_proj', true],
    ['model.layers.3.mlp', 4, 'mlp.up_proj', false],
    ['model.layers.3', 3, 'mlp.up_proj', true],
    ['language_model.model.layers.3.mlp', 3, 'mlp.up_proj', true],
    ['model.language_model.layers.3.mlp', 3, 'mlp.up_proj', true],
    ['transformer.blocks.3.ffn', 3, 'ffn.experts.w1', true],
    ['vision_tower.layers.3.self_attn', 3, 'self_attn.q_proj', false],
    ['mtp.layers.3.mlp', 3, 'mlp.up_proj', false],
    ['lm_head', 3, 'mlp.up_proj', false],
    ['model.layers.3.mlp.up_proj.weight_scale', 3, 'mlp.up_proj', false],
    ['model.layers.*.mlp*', 31, 'mlp.up_proj', true],
    ['model.layers.3.*', 31, 'mlp.up_proj', false],
    ['model.layers.3*', 31, 'mlp.up_proj', true],
    ['re:.*self_attn.*', 3, 'self_attn.q_proj', true],
    ['re:model\\.layers\\.\\d+\\.mlp\\.(gate|up)_proj$', 31, 'mlp.up_proj', true],
    ['re:model\\.layers\\.[12]\\.mlp', 31, 'mlp.up_proj', false],
    ['re:^model\\.layers\\.3\\.mlp', 3, 'mlp.up_proj', true],
    ['re:visual.*mlp', 3, 'mlp.up_proj', false],
  ])('%s in layer %d, %s: %s', (pattern, layer, name, expected) => {
    expect(has(pattern, layer, name)).toBe(expected)
  })

  test('experts named one by one count by their share, matrices too', () => {
    const names = new ModuleNames([
      'model.layers.1.mlp.experts.0',
      'model.layers.1.mlp.experts.1.gate_proj',
      'model.layers.1.mlp.experts.1.up_proj',
      'model.layers.1.mlp.experts.400.up_proj',
      'model.layers.2.mlp.experts.1.up_proj.weight_scale',
    ])
    expect(names.expertShare(1, 4, 3)).toBeCloseTo(5 / 12)
    expect(names.expertShare(2, 4, 3)).toBe(0)
    expect(names.has(1, { names: ['mlp.experts.0.up_proj'] })).toBe(false)
  })

  test.each([
    're:(?<!x)y',
    'model.layers.*.mlp.experts.5.*',
    're:.*experts\\.(1|2)\\..*',
    'layers.[0-3].mlp',
  ])('%s is not understood', (name) => {
    expect(new ModuleNames(['lm_head', name]).unclear).toBe(name)
  })

  test('patterns that tell layers apart are counted: they cost a trial in each', () => {
    const names = ['model.layers.*.mlp*', 're:.*layers\\.\\d+\\.mlp.*', 'model.layers.5.*', 'model.layers.1*']
    expect(new ModuleNames(names).steps(0)).toBe(13 + 14 + 10)
    expect(new ModuleNames(names).steps(100)).toBe(37 + 100 * 9)
  })
})
