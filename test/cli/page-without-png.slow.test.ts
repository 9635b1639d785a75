// `--charts` where the optional packages for PNG are not installed: SVG alone, and one line that says so.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

vi.mock('@resvg/resvg-js', () => {
  throw new Error('not installed')
})

test('charts are SVG alone, and the reason is said once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moesim-no-png-'))
  try {
    const small = ['run', '--tokens', '8', '--layers', '0', '--scheduler', 'ep', '--charts', folder]
    const { exitCode, stderr } = await runCli(small)
    expect(exitCode).toBe(0)
    expect(readdirSync(folder).length).toBeGreaterThan(5)
    expect(readdirSync(folder).every((name) => name.endsWith('.svg'))).toBe(true)
    const said = stderr.split('\n').filter((line) => line.includes('PNG'))
    expect(said).toEqual([
      expect.stringMatching(/^no PNG, charts are SVG alone: npm install @resvg\/resvg-js/),
    ])
    expect((await runCli([...small, '--quiet'])).stderr).toBe('')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
