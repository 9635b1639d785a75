// JSON too long for the YAML parser: the same values and places, and every fault with its place.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONFIG_LIMIT_BYTES, parseConfig } from '../../src/config/document.ts'
import { JsonFault, readLongJson } from '../../src/config/long-json.ts'
import { loadModel } from '../../src/config/model/model.ts'
import { validateConfig } from '../../src/config/results/check-file.ts'
import { describe as text, UserError } from '../../src/errors.ts'
import { bundledIo } from './bundled-io.ts'

const MANY = 10_000

const faultOf = (json: string) => {
  try {
    readLongJson(json, MANY)
    return undefined
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return error
  }
}

describe('a JSON text', () => {
  test('gives what JSON.parse gives, in mappings without a prototype', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
        const written = JSON.stringify(JSON.parse(json), null, indent)
        const { value } = readLongJson(written, MANY)
        expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(written)))
      }),
    )
    const { value } = readLongJson('{"__proto__": {"a": 1}}', MANY)
    expect([Object.getPrototypeOf(value), Object.keys(Object(value))]).toEqual([null, ['__proto__']])
  })

  test('is refused exactly where JSON.parse refuses it, but for keys given twice', () => {
    const broken = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', ',', '{', ']', '1', '\\', '\n', 'e'),
    )
    fc.assert(
      fc.property(broken, ([json, place, put]) => {
        const at = place % (json.length + 1)
        const written = json.slice(0, at) + put + json.slice(at + 1)
        let isRight = true
        try {
          JSON.parse(written)
        } catch {
          isRight = false
        }
        const fault = faultOf(written)
        if (fault?.duplicate === undefined) expect(fault === undefined).toBe(isRight)
      }),
      { numRuns: 300 },
    )
  })

  test('has places of keys and values at any depth', () => {
    const json = '{"a": [1, {"b c": "x\\"y"}], "d": null}'
    const { locate } = readLongJson(json, MANY)
    const at = (path: (string | number)[]) => {
      const found = locate(path)
      return [found?.key && json.slice(...found.key), found && json.slice(...found.node)]
    }
    expect(at(['a'])).toEqual(['"a"', '[1, {"b c": "x\\"y"}]'])
    expect(at(['a', 1, 'b c'])).toEqual(['"b c"', '"x\\"y"'])
    expect(at(['d'])).toEqual(['"d"', 'null'])
    expect(locate(['a', 2])).toBeUndefined()
    expect(locate(['d', 'e'])).toBeUndefined()
  })

  test('numbers that no number holds stay text', () => {
    expect(readLongJson('[1e309, -2.50]', MANY).value).toEqual(['1e309', -2.5])
  })

  test('more values than a config may have are refused where they begin', () => {
    expect(faultOf(`[${'1,'.repeat(MANY - 1)}1]`)).toMatchObject({ message: 'more than 10000 values' })
    expect(faultOf(`[${'1,'.repeat(MANY - 2)}1]`)).toBeUndefined()
  })
})

const config = {
  model_type: 'qwen3_moe',
  num_hidden_layers: 48,
  hidden_size: 2048,
  moe_intermediate_size: 768,
  num_experts: 128,
  num_experts_per_tok: 8,
  torch_dtype: 'bfloat16',
}
/** As real ones: every expert of every layer that is not quantized is listed. */
const listed = (layers: number, more: object = {}) => ({
  ...config,
  ...more,
  quantization_config: {
    quant_method: 'modelopt',
    quant_algo: 'NVFP4',
    ignore: Array.from({ length: layers * 1024 }, (_, i) => {
      const [layer, expert, matrix] = [i >> 10, (i >> 3) & 127, i & 7]
      return `language_model.model.layers.${layer}.mlp.experts.${expert}.matrix_number_${matrix}_that_has_a_long_name_indeed`
    }),
  },
})

describe('a config as long as real ones', () => {
  test('of 5 MB is read, and its precision too', async () => {
    const written = JSON.stringify(listed(48), null, 1)
    expect(written.length).toBeGreaterThan(4.5e6)
    const io = bundledIo({ 'big/config.json': written })
    // Three matrices of every expert of half the layers and more keep 16 bits.
    expect(await loadModel(io, 'big/config.json')).toMatchObject({
      name: 'big',
      experts: 128,
      weightBytes: 2,
    })
    const half = bundledIo({ 'big/config.json': JSON.stringify(listed(24), null, 1) })
    expect((await loadModel(half, 'big/config.json')).weightBytes).toBeCloseTo((2 + 0.5625) / 2, 12)
  })

  test('has its findings with line, column and caret', async () => {
    const written = JSON.stringify(listed(24, { num_experts: 'many' }), null, 1)
    const { diagnostics } = await validateConfig(bundledIo({ 'big.json': written }), 'big.json')
    expect(diagnostics.map(text)).toEqual(['num_experts must be a whole number, got "many"'])
    expect(diagnostics[0]?.span).toMatchObject({ line: 6, column: 17, lineText: ' "num_experts": "many",' })
  })

  test.each<[string, (written: string) => string, string, number | undefined]>([
    ['a key given twice', (written) => written.replace('"hidden_size"', '"num_experts"'), 'given twice', 6],
    ['a missing comma', (written) => written.replace('2048,', '2048'), 'expected a comma or }', 5],
    ['a text cut short', (written) => written.slice(0, -20), 'expected an end of the text', 24_588],
    [
      'YAML',
      (written) => `# a comment\n${written}`,
      'larger than 1048576 bytes, which only JSON may be',
      undefined,
    ],
  ])('%s is refused', (_, damage, words, line) => {
    const damaged = damage(JSON.stringify(listed(24), null, 1))
    const refused = () => parseConfig('big.json', damaged)
    expect(refused).toThrow(UserError)
    expect(refused).toThrow(words)
    try {
      refused()
    } catch (error) {
      if (line !== undefined) expect((error as UserError).diagnostics[0]?.span?.line).toBe(line)
    }
  })

  test('is refused beyond the limit, of which there is one for all', () => {
    expect(CONFIG_LIMIT_BYTES).toBeGreaterThanOrEqual(5 * 1024 * 1024)
  })
})
