// The rules of the source tree: who may import whom, what the pure layers must not touch, how big files may be.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** From the top to the bottom: a file may import its own folder and those after it. */
const LAYERS = [
  'index.ts',
  'cli',
  'report',
  'papers',
  'compete',
  'sweep',
  'observe',
  'check',
  'fidelity',
  'place',
  'whatif',
  'run',
  'config',
  'sim',
  'optimum',
  'schedulers',
  'cache',
  'trace',
  'hardware',
  'model',
  'engine',
  'base',
]
const MOST_CODE_LINES = 250
const MOST_FILES_IN_FOLDER = 30

const SRC = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, lines: readFileSync(join(SRC, path), 'utf8').split('\n') }))

/** Files directly under src are the bottom, but for the library's door, which is the top. */
const layerOf = (path: string) => {
  if (path === 'index.ts') return path
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : 'base'
}

/** Static and dynamic imports and re-exports: comments may mention none of these forms. */
function importsOf(lines: readonly string[]): string[] {
  const text = withoutComments(lines)
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)'([^']+)'/g
  return [...text.matchAll(pattern)].map((match) => match[1]!)
}

function withoutComments(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '')
}

/** The code without comments and without the text of strings, which may say "process" in an error message. */
function codeOf(lines: readonly string[]): string {
  return withoutComments(lines).replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
}

/** Files that import themselves by way of others, each circle as the path that closes it. */
function importCircles(): string[] {
  const targets = new Map(
    files.map(({ path, lines }) => {
      const local = importsOf(lines).filter((specifier) => specifier.startsWith('.'))
      return [path, local.map((specifier) => join(dirname(path), specifier))]
    }),
  )
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '))
    else if (!done.has(path)) for (const target of targets.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return circles
}

/** Every rule returns what breaks it. */
function upwardImports(path: string, lines: readonly string[]): string[] {
  return importsOf(lines)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(SRC, join(SRC, dirname(path), specifier)))
    .filter((target) => LAYERS.indexOf(layerOf(target)) < LAYERS.indexOf(layerOf(path)))
    .map((target) => `${path} imports ${target}`)
}

function forbiddenUses(path: string, lines: readonly string[]): string[] {
  if (layerOf(path) === 'cli') return []
  const modules = importsOf(lines).filter((name) =>
    /^(node:)?(fs|process|worker_threads|child_process|os)\b/.test(name),
  )
  const names = codeOf(lines).match(
    /\b(console|process|Date|performance|setTimeout)\b(?=\s*[.(])|\bMath\.random\b/g,
  )
  return [...modules, ...(names ?? [])].map((name) => `${path} uses ${name}`)
}

/** Threads are one file's business: everything else hands jobs to it and is the same without threads. */
function strayThreads(path: string, lines: readonly string[]): string[] {
  if (path === 'run/pool.ts') return []
  return importsOf(lines)
    .filter((name) => /^(piscina$|(node:)?(worker_threads|cluster)\b)/.test(name))
    .map((name) => `${path} imports ${name}`)
}

/** What is made at a fault alone, or once in an iteration. */
const MAY_SPREAD = ['sim/machine/layer-end.ts', 'sim/machine/results.ts', 'sim/machine/cached.ts']

/**
 * Objects that begin with a spread have a hidden class of their own each; code that reads them is compiled again for every one. So
 * what all events pass through makes none.
 */
function spreads(path: string, lines: readonly string[]): string[] {
  if (!/^(engine|sim\/machine)\//.test(path) || MAY_SPREAD.includes(path)) return []
  const found = codeOf(lines).match(/\{\s*\.\.\./g) ?? []
  return found.map(() => `${path} spreads an object`)
}

function badSpecifiers(path: string, lines: readonly string[]): string[] {
  return importsOf(lines)
    .filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('.ts'))
    .map((specifier) => `${path} imports ${specifier} without .ts`)
}

function codeLineCount(lines: readonly string[]): number {
  return withoutComments(lines)
    .split('\n')
    .filter((line) => line.trim() !== '').length
}

describe('the source tree', () => {
  test('has files in every layer and no layer that is not in the list', () => {
    expect([...new Set(files.map(({ path }) => layerOf(path)))].sort()).toEqual([...LAYERS].sort())
  })

  test('imports downward only', () => {
    expect(files.flatMap(({ path, lines }) => upwardImports(path, lines))).toEqual([])
  })

  test('knows of the papers above papers alone', () => {
    const below = files.filter(({ path }) => LAYERS.indexOf(layerOf(path)) > LAYERS.indexOf('papers'))
    const importers = below.filter(({ path, lines }) =>
      importsOf(lines).some((specifier) => join(dirname(path), specifier).startsWith('papers/')),
    )
    expect(importers.map(({ path }) => path)).toEqual([])
  })

  test('has no circle of imports, those of types included', () => {
    expect(importCircles()).toEqual([])
  })

  test('touches the console, process, clock, random numbers and files in cli alone', () => {
    expect(files.flatMap(({ path, lines }) => forbiddenUses(path, lines))).toEqual([])
  })

  test('knows of threads in the pool alone', () => {
    expect(files.flatMap(({ path, lines }) => strayThreads(path, lines))).toEqual([])
  })

  test('makes no object by a spread where all events pass', () => {
    expect(files.flatMap(({ path, lines }) => spreads(path, lines))).toEqual([])
  })

  test('names imported files with their extension', () => {
    expect(files.flatMap(({ path, lines }) => badSpecifiers(path, lines))).toEqual([])
  })

  test('starts every file with a comment of its purpose', () => {
    expect(files.filter(({ lines }) => !/^\/\/ \S/.test(lines[0] ?? '')).map(({ path }) => path)).toEqual([])
  })

  test(`has no folder over ${MOST_FILES_IN_FOLDER} files`, () => {
    const folders = new Map<string, number>()
    for (const { path } of files) folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1)
    expect([...folders].filter(([, count]) => count > MOST_FILES_IN_FOLDER)).toEqual([])
  })

  test(`has no file over ${MOST_CODE_LINES} code lines`, () => {
    expect(
      files.filter(({ lines }) => codeLineCount(lines) > MOST_CODE_LINES).map(({ path }) => path),
    ).toEqual([])
  })
})

describe('the rules themselves', () => {
  test('see an upward import, static, dynamic or re-exported', () => {
    const lines = [
      "import { a } from '../cli/main.ts'",
      "const b = await import('../run/run-many.ts')",
      "export * from './c.ts'",
    ]
    expect(upwardImports('sim/machine.ts', lines)).toEqual([
      'sim/machine.ts imports cli/main.ts',
      'sim/machine.ts imports run/run-many.ts',
    ])
  })

  test('see an import that stands over several lines', () => {
    expect(upwardImports('engine/loop.ts', ['import {', '  a,', "} from '../sim/machine.ts'"])).toHaveLength(
      1,
    )
  })

  test('see an object that begins with a spread', () => {
    const lines = ['const message = {', '  ...job,', '  onArrived,', '}']
    expect(spreads('sim/machine/tokens.ts', lines)).toHaveLength(1)
    expect(spreads('sim/machine/tokens.ts', ['const all = [...jobs]'])).toEqual([])
    expect(spreads('sim/layer.ts', lines)).toEqual([])
  })

  test('see threads anywhere but in the pool', () => {
    const lines = [
      "const { Piscina } = await import('piscina')",
      "import { Worker } from 'node:worker_threads'",
    ]
    expect(strayThreads('cli/commands/run.ts', lines)).toHaveLength(2)
    expect(strayThreads('run/pool.ts', lines)).toEqual([])
  })

  test('see the clock and the console, but not in comments and strings', () => {
    expect(forbiddenUses('sim/machine.ts', ['console.log(Date.now(), Math.random())'])).toHaveLength(3)
    expect(forbiddenUses('sim/machine.ts', ['// process.exit()', "const a = 'Date.now()'"])).toEqual([])
    expect(forbiddenUses('sim/machine.ts', ["import { readFile } from 'node:fs/promises'"])).toHaveLength(1)
  })
})
