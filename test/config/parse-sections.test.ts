// Configs parsed key by key: the same values as parsed whole, and nothing where anything is wrong.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/document.ts'
import { hardwareSchema } from '../../src/config/hardware/schema.ts'
import { modelSchema } from '../../src/config/model/schema.ts'
import { parseSections } from '../../src/config/parse-sections.ts'

const CONFIGS = new URL('../../configs/', import.meta.url)

test.each([
  ['hardware', hardwareSchema],
  ['models', modelSchema],
] as const)(
  'every bundled file of %s is the same as parsed whole, keys in the same order',
  (folder, schema) => {
    for (const name of readdirSync(new URL(`${folder}/`, CONFIGS)).filter((name) => name.endsWith('.yaml'))) {
      const { value } = parseConfig(name, readFileSync(new URL(`${folder}/${name}`, CONFIGS), 'utf8'))
      const whole = JSON.stringify(schema.parse(value))
      expect(JSON.stringify(parseSections<typeof schema>(schema, value))).toBe(whole)
      // A second time from what is known of the sections.
      expect(JSON.stringify(parseSections<typeof schema>(schema, value))).toBe(whole)
    }
  },
)

test('a key of another kind, a missing one and a wrong value are no result', () => {
  const text = readFileSync(new URL('hardware/fse-dp-2x2.yaml', CONFIGS), 'utf8')
  const value = parseConfig('h.yaml', text).value as Record<string, unknown>
  const { sram: _sram, link: _link, ...rest } = value
  expect(parseSections(hardwareSchema, { ...value, srams: '1 MB' })).toBeUndefined()
  expect(parseSections(hardwareSchema, rest)).toBeUndefined()
  expect(parseSections(hardwareSchema, { ...value, sram: 'much' })).toBeUndefined()
  expect(parseSections(hardwareSchema, [value])).toBeUndefined()
  expect(parseSections(hardwareSchema, value)).toBeDefined()
})
