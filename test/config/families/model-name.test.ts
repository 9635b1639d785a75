// What a model is called that a config.json describes.
import { expect, test } from 'vitest'
import { modelName } from '../../../src/config/families/model-name.ts'

test.each<[string, unknown, string]>([
  ['a/config.json', 'Qwen/Qwen3-30B-A3B', 'Qwen3-30B-A3B'],
  ['a/config.json', '/mnt/models/mine/', 'mine'],
  ['a/config.json', 'C:\\models\\mine', 'mine'],
  ['models/Kimi-K2/config.json', undefined, 'Kimi-K2'],
  ['models\\Kimi-K2\\config.json', '', 'Kimi-K2'],
  ['models/Kimi-K2/config.json', './', 'Kimi-K2'],
  ['models/Kimi-K2/config.json', 'hf/\n::error', 'Kimi-K2'],
  ['models/Kimi-K2/config.json', ['x'], 'Kimi-K2'],
  ['hub/models--Qwen--Qwen3-30B-A3B/snapshots/0123abc/config.json', undefined, 'Qwen3-30B-A3B'],
  ['q-awq.json', undefined, 'q-awq'],
  ['models/q-awq.json', null, 'q-awq'],
  ['config.json', undefined, 'config'],
  ['../config.json', undefined, 'config'],
])('%s with %j is %s', (file, nameOrPath, name) => {
  expect(modelName(file, nameOrPath)).toBe(name)
})
