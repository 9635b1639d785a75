// `--charts` where the optional packages for PNG are not installed: SVG alone, and one line that says so.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { built } from '../helpers/built.ts'

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** The program with every package that it needs but the one that paints. */
function installWithoutPainter(folder: string): string {
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(built(name), join(folder, name), { recursive: true })
  for (const name of ['configs', 'traces']) symlinkSync(realpathSync(built(name)), join(folder, name))
  const packages = readdirSync(PACKAGES).filter((name) => name !== '@resvg' && !name.startsWith('.'))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of packages) symlinkSync(join(PACKAGES, name), join(folder, 'node_modules', name))
  return join(folder, 'bin', 'moesim.js')
}

test('charts are SVG alone, and the reason is said once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moesim-no-png-'))
  try {
    const bin = installWithoutPainter(folder)
    const charts = join(folder, 'charts')
    const small = ['run', '--tokens', '8', '--layers', '0', '--scheduler', 'ep', '--charts', charts]
    const run = (...argv: string[]) => spawnSync(process.execPath, [bin, ...argv], { encoding: 'utf8' })
    const { status, stderr } = run(...small)
    expect(status).toBe(0)
    expect(readdirSync(charts).length).toBeGreaterThan(5)
    expect(readdirSync(charts).every((name) => name.endsWith('.svg'))).toBe(true)
    const said = stderr.split('\n').filter((line) => line.includes('PNG'))
    expect(said).toEqual([
      expect.stringMatching(/^no PNG, charts are SVG alone: npm install @resvg\/resvg-js/),
    ])
    expect(run(...small, '--quiet').stderr).toBe('')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
