// Tries one mutant after the other: a build of the source with one file replaced, and the tests that are nearest to it.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { transform } from 'esbuild'
import { buildFromSource } from '../../bin/build.mjs'
import type { Mutant } from './mutants.ts'
import { quickTestsBelow, testsOf } from './tests-of.ts'

/** `equivalent`: nothing that anyone could notice changes. `no program`: it does not compile. */
export type Fate = 'noticed' | 'survived' | 'equivalent' | 'no program'

/** A mutant that runs for ever is noticed too: for so many times as long as all quick tests of its folder take, or so long. */
const MOST_TIMES = 4
const LEAST_LIMIT_MS = { quick: 60_000, slow: 5 * 60_000 }

export class Trial {
  private readonly folder: string
  private readonly isQuick: boolean
  private limitMs = Infinity

  /** `isQuick`: slow tests are left out. */
  constructor(isQuick: boolean) {
    this.isQuick = isQuick
    const base = buildFromSource()
    const mutants = join(dirname(base), '..', 'mutants')
    mkdirSync(mutants, { recursive: true })
    this.folder = mkdtempSync(join(mutants, 'build-'))
    for (const part of ['dist', 'bin', 'package.json']) {
      cpSync(join(base, part), join(this.folder, part), { recursive: true })
    }
    // Mutants are not in the bundle, which is no more than a faster start.
    rmSync(join(this.folder, 'dist', 'bundle'), { recursive: true })
    for (const part of ['configs', 'traces']) {
      symlinkSync(join(process.cwd(), part), join(this.folder, part), 'junction')
    }
  }

  /** Where tests fail of themselves, every mutant would seem to be noticed. */
  async assertGreen(folder: string): Promise<void> {
    const tests = quickTestsBelow(folder)
    const startMs = Date.now()
    this.limitMs = Infinity
    const isGreen = await this.pass(tests)
    this.limitMs = Math.max(
      LEAST_LIMIT_MS[this.isQuick ? 'quick' : 'slow'],
      MOST_TIMES * (Date.now() - startMs),
    )
    if (isGreen) return
    throw new Error(`tests of ${folder} fail although nothing is broken: npx vitest run test/${folder}`)
  }

  async of(mutant: Mutant): Promise<Fate> {
    const code = await compiled(mutant.source)
    if (code === undefined) return 'no program'
    const path = join(this.folder, 'dist', mutant.file.replace(/\.ts$/, '.js'))
    const original = readFileSync(path)
    writeFileSync(path, code)
    try {
      for (const tests of testsOf(mutant.file, this.isQuick)) {
        if (tests.length > 0 && !(await this.pass(tests))) return 'noticed'
      }
      return 'survived'
    } finally {
      writeFileSync(path, original)
    }
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private pass(tests: readonly string[]): Promise<boolean> {
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--bail', '1', '--reporter', 'dot', ...tests]
    const env = { ...process.env, MOESIM_BUILD: this.folder }
    // A group of its own: a worker in an endless loop outlives its parent.
    const child = spawn(process.execPath, args, { stdio: 'ignore', env, detached: true })
    const end = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }
    const limit = Number.isFinite(this.limitMs) ? setTimeout(end, this.limitMs) : undefined
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        clearTimeout(limit)
        resolve(code === 0)
      })
    })
  }
}

/** As the build makes it of one file; undefined where the source is no program. */
async function compiled(source: string): Promise<string | undefined> {
  const options = { loader: 'ts', format: 'esm', target: 'es2023', logLevel: 'silent' } as const
  const built = await transform(source, options).catch(() => undefined)
  return built?.code.replaceAll(/((?:\bfrom|\bimport)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"')
}
