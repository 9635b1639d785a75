// Config files by name or path: what is a name, what is a path, and what lies beside what.
import { expect, test } from 'vitest'
import {
  besideFile,
  bundledKind,
  bundledNames,
  bundledTraces,
  configName,
  isPath,
  openConfig,
  openFile,
} from '../../src/config/library.ts'
import { UserError } from '../../src/errors.ts'
import { bundledIo } from './bundled-io.ts'

test.each([
  ['demo', false, 'demo'],
  ['qwen3-30b-a3b', false, 'qwen3-30b-a3b'],
  ['a/b', true, 'b'],
  ['a\\b.yaml', true, 'b'],
  ['mine.yml', true, 'mine'],
  ['config.JSON', true, 'config'],
  ['v1.2.yaml', true, 'v1.2'],
  ['mine.yaml.old', false, 'mine.yaml.old'],
])('%s: a path %s, called %s', (text, path, name) => {
  expect([isPath(text), configName(text)]).toEqual([path, name])
})

test('paths in a file are seen from where it lies, unless they say all', () => {
  expect(besideFile('b.csv', 'folder/a.yaml')).toBe('folder/b.csv')
  expect(besideFile('../b.csv', 'folder/a.yaml')).toBe('b.csv')
  expect(besideFile('/b.csv', 'folder/a.yaml')).toBe('/b.csv')
})

test('bundled are the YAML files of a kind and the traces, and no other files', async () => {
  const io = bundledIo({
    ...{ 'bundled:/configs/hardware/notes.txt': '', 'bundled:/configs/hardware/old.yaml.bak': '' },
    ...{ 'bundled:/traces/x.json': '{}', 'bundled:/configs/hardware/deeper/more.yaml': '' },
  })
  const names = await bundledNames(io, 'hardware')
  expect(names).toContain('fse-dp-2x2')
  expect(names).toEqual(await bundledNames(bundledIo(), 'hardware'))
  expect(names).toEqual([...names].sort())
  const traces = await bundledTraces(io)
  expect(traces).toContain('qwen3-30b-a3b-demo')
  expect(traces).not.toContain('x')
  expect(traces).toEqual([...traces].sort())
})

test('a name is of one kind, experiments first; an unknown one is refused with the nearest', async () => {
  const io = bundledIo()
  expect(await bundledKind(io, 'demo', 'config')).toBe('experiments')
  expect(await bundledKind(io, 'dojo-5x5', 'config')).toBe('hardware')
  expect(await bundledKind(io, 'kimi-k2', 'config')).toBe('models')
  await expect(bundledKind(io, 'dojo-5x6', 'config')).rejects.toThrow(/unknown config "dojo-5x6".*"dojo-5x5"/)
  await expect(openConfig(io, 'models', 'kimi-k3')).rejects.toThrow(/unknown model "kimi-k3".*"kimi-k2"/)
  expect(await openConfig(io, 'models', 'kimi-k2')).toMatchObject({ isBundled: true })
})

test('a config.json is read with the quantization beside it, other files are not', async () => {
  const io = bundledIo({
    ...{ 'm/config.json': '{"a": 1}', 'm/hf_quant_config.json': '{"b": 2}', 'm/other.json': '{"c": 3}' },
    'n/config.json': '{}',
  })
  expect((await openFile(io, 'm/config.json')).companion?.value).toEqual({ b: 2 })
  expect((await openFile(io, 'm/other.json')).companion).toBeUndefined()
  expect((await openFile(io, 'n/config.json')).companion).toBeUndefined()
  await expect(openFile(io, 'gone.yaml')).rejects.toThrow(UserError)
  await expect(openFile(io, 'gone.yaml')).rejects.toThrow('there is no such file')
  await expect(openFile(io, 'm')).rejects.toThrow('it is a directory, not a file')
})
