// Every file, function and class that the documents name is there, and the walk to the event loop is one.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  DOCUMENTS,
  FURTHER_DOCUMENTS,
  inlineCode,
  PLACEHOLDER,
  ROOT,
  readFile,
  sectionOf,
} from './documents.ts'

const contributing = readFile('docs/CONTRIBUTING.md')
const ALL = [...DOCUMENTS, ...FURTHER_DOCUMENTS]

const PATH = /^(?:src|test|configs|traces|docs|bin|\.ci|\.github)(?:\/[\w.-]+)+$/
/** `src/a/b.ts: name, Class.member` */
const NAMES = /^((?:src|test)\/[\w./-]+\.ts): ([\w$]+(?:\.[\w$]+)?(?:, [\w$]+(?:\.[\w$]+)?)*)$/
const MEMBER = /^([A-Z]\w+)\.(\w+)$/
const tree = (folder: string) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path}`)
const sourceFiles = tree('src')
const sources = sourceFiles.map(readFile)

/** Whether a file declares `name`, or `Class.member`, where an interface is a class too. */
function declares(source: string, name: string): boolean {
  const [owner, member] = name.split('.') as [string, string | undefined]
  const kinds = member === undefined ? 'function\\*?|class|const|let|interface|type' : 'class|interface'
  const start = new RegExp(`^(?:export )?(?:default )?(?:async )?(?:${kinds}) ${owner}\\b`, 'm').exec(source)
  if (start === null || member === undefined) return start !== null
  const body = source.slice(start.index, source.indexOf('\n}', start.index))
  const modifiers = '(?:(?:private|readonly|static|override|async|get|set) )*'
  return new RegExp(`^ {2}${modifiers}\\*?${member}[?]?[(<:= ]`, 'm').test(body)
}

/** What a document names that is not there. */
function missing(markdown: string): string[] {
  return inlineCode(markdown).flatMap((code) => {
    const [, file, names] = NAMES.exec(code) ?? []
    if (PLACEHOLDER.test(code)) return []
    if (PATH.test(code)) return existsSync(join(ROOT, code)) ? [] : [code]
    if (MEMBER.test(code)) return sources.some((source) => declares(source, code)) ? [] : [code]
    if (file === undefined) return /^(?:src|test)\/.*: /.test(code) ? [`not understood: ${code}`] : []
    if (!existsSync(join(ROOT, file))) return [file]
    const source = readFileSync(join(ROOT, file), 'utf8')
    return names!
      .split(', ')
      .filter((name) => !declares(source, name))
      .map((name) => `${file}: ${name}`)
  })
}

test.each(ALL)('every file, function and class that %s names exists', (path) => {
  expect(missing(readFile(path))).toEqual([])
})

test('what is not there is seen', () => {
  const text = [
    '`src/engine/lop.ts`',
    '`src/engine/loop.ts: EventLoop.run, EventLoop.runs, durationPs, durationNs`',
    '`src/engine/loop.ts:\n   nothing`',
    '`EventLoop.after` `EventLoop.before` `src/schedulers/NAME.ts` `src/engine/loop.ts: a b`',
  ].join('\n')
  expect(missing(text)).toEqual([
    'src/engine/lop.ts',
    'src/engine/loop.ts: EventLoop.runs',
    'src/engine/loop.ts: durationNs',
    'src/engine/loop.ts: nothing',
    'EventLoop.before',
    'not understood: src/engine/loop.ts: a b',
  ])
})

test('every file that a comment of the sources names is there', () => {
  const all = [...sourceFiles, ...tree('test')].map((path) => `/${path}`)
  const gone = sourceFiles.flatMap((file, i) => {
    const comments = sources[i]!.match(/\/\/.*|\/\*[\s\S]*?\*\//g) ?? []
    const named = comments.flatMap((comment) => comment.match(/[\w/.-]+\.ts\b/g) ?? [])
    const isThere = (name: string) => all.some((path) => path.endsWith(`/${name.replace(/^[./]+/, '')}`))
    return named.filter((name) => !isThere(name)).map((name) => `${file}: ${name}`)
  })
  expect(gone).toEqual([])
})

/** `file: function` of every numbered line of a section. */
function steps(heading: string): { file: string; names: string }[] {
  const lines = sectionOf(contributing, heading).matchAll(/^\d+\. `(\S+): ([^`]+)`/gm)
  return [...lines].map(([, file, names]) => ({ file: file!, names: names! }))
}

describe('the walk from moesim run to the event loop', () => {
  const MOST_FILES = 8
  const files = steps('From moesim run to the event loop').map(({ file }) => file)

  test(`starts at the command, ends at the loop, and takes at most ${MOST_FILES} files`, () => {
    expect(files[0]).toBe('src/cli/commands/run.ts')
    expect(files.at(-1)).toBe('src/engine/loop.ts')
    expect(new Set(files).size).toBe(files.length)
    expect(files.length).toBeLessThanOrEqual(MOST_FILES)
  })

  test('goes from each file to one that it imports', () => {
    const imports = (file: string) =>
      [...readFile(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, specifier]) =>
        join(dirname(file), specifier!),
      )
    const jumps = files.slice(1).filter((file, i) => !imports(files[i]!).includes(file))
    expect(jumps).toEqual([])
  })
})

test.each(["One token's way", "One slice's way"])('%s names files and functions at every step', (heading) => {
  const parts = sectionOf(contributing, heading)
    .split(/^\d+\. /m)
    .slice(1)
  expect(parts.length).toBeGreaterThan(8)
  for (const part of parts)
    expect(
      inlineCode(part).some((code) => NAMES.test(code)),
      part,
    ).toBe(true)
})

test('the ten recipes each name helpers to use and a test to add', () => {
  const recipes = sectionOf(contributing, 'Recipes').split(/^### /m).slice(1)
  expect(recipes).toHaveLength(10)
  for (const recipe of recipes) {
    const codes = inlineCode(recipe)
    expect(codes.filter((code) => code.startsWith('src/') && NAMES.test(code)).length).toBeGreaterThan(2)
    expect(recipe).toMatch(/^\d\. .*\bTest\b|`npx vitest run test\//m)
    expect(codes.some((code) => code.startsWith('test/'))).toBe(true)
  }
})

test('the invariants are numbered, and each names the file that checks it', () => {
  const rows = [...sectionOf(contributing, 'Invariants').matchAll(/^\| (\d+) \| ([^|]+) \| ([^|]+) \|/gm)]
  expect(rows.length).toBeGreaterThan(20)
  expect(rows.map(([, number]) => Number(number))).toEqual(rows.map((_, i) => i + 1))
  for (const [, , what, check] of rows)
    expect(
      inlineCode(check!).every((code) => PATH.test(code) || NAMES.test(code)),
      what,
    ).toBe(true)
})

test('the glossary has a meaning for about 25 words, each once', () => {
  const words = [...sectionOf(contributing, 'Words').matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm)].slice(2)
  const names = words.flatMap(([, name]) => name!.split(', '))
  expect(words.length).toBeGreaterThanOrEqual(20)
  expect(words.length).toBeLessThanOrEqual(40)
  expect(new Set(names).size).toBe(names.length)
})

test('the map has every folder of src', () => {
  const folders = readdirSync(`${ROOT}src`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const named = inlineCode(sectionOf(contributing, 'Map'))
  expect(folders.map(({ name }) => `src/${name}`).filter((folder) => !named.includes(folder))).toEqual([])
})
