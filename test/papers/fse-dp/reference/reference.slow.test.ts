// The reference simulator beside ours on its traces, where they are at hand; and what is refused where they are not.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { nodeIo } from '../../../../src/cli/node/io.ts'
import { loadHardware } from '../../../../src/config/hardware/hardware.ts'
import type { FigureResult } from '../../../../src/papers/figure.ts'
import { reference } from '../../../../src/papers/fse-dp/reference/reference.ts'
import { Lab } from '../../../../src/papers/lab.ts'
import { planReproduction } from '../../../../src/papers/reproduce.ts'
import { bundledIo } from '../../../config/bundled-io.ts'
import { runCli } from '../../../helpers/run-cli.ts'

const root = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url))
const TRACES = process.env.MOESIM_TRACES ?? root('../shared/traces')
const FOLDER = `${TRACES}/fse-dp-reference`
const areThere = existsSync(FOLDER)
const title = areThere ? 'on its traces' : `on its traces: skipped, there is no folder ${FOLDER}`

const hooks = {
  version: 'test',
  onTraceRead: () => undefined,
  onProgress: async () => undefined,
  onWarning: () => undefined,
}
const options = (trace?: string) => ({ isQuick: false, seed: 1, trace })

describe.skipIf(!areThere)(title, () => {
  let result: FigureResult
  beforeAll(async () => {
    result = await reference.run(new Lab(nodeIo, options(FOLDER), hooks))
  })

  const table = (name: string) => result.tables.find((one) => one.name === name)!.rows
  const differences = () => [...table('ep'), ...table('fse-dp')]

  test('the latencies and differences are those in the comments of the experiment', () => {
    const comments = readFileSync(root('configs/experiments/fse-dp-reference.yaml'), 'utf8')
    const written = writtenCells(comments)
    expect(written).toHaveLength(40)
    expect(differences().map(shown).sort()).toEqual(written.sort())
  })

  test('the causes explain every difference to half a percent', () => {
    const left = differences().map((row) => Math.abs(Number(row.at(-1))))
    expect(left).toHaveLength(40)
    expect(Math.max(...left)).toBeLessThan(0.005)
  })

  test('the reference has the latencies of the shipped file, in frames of 150 ns', () => {
    const row = table('fse-dp').find(([model, tokens]) => model === 'qwen3-30b-a3b' && tokens === 64)
    expect(row!.slice(0, 5)).toEqual(['qwen3-30b-a3b', 64, 'FSE-DP', 'fse-dp', 39_756 * 150_000])
  })

  test('ours is shown at both MAC rates', () => {
    const [row] = table('ep')
    expect(row!.slice(0, 3)).toEqual(['phi-3.5-moe', 16, 'EP'])
    // The fullest die: 4 experts of 1536 us to load, and 12 tokens of 24 us each, or of 48 us at half the rate.
    expect(row!.slice(5, 7)).toEqual([(4 * 1536 + 12 * 24) * 1e6, (4 * 1536 + 12 * 48) * 1e6])
  })

  test('each schedule has its worst difference as it is and what is left, judged by their limits', () => {
    const rows = new Map(result.rows.map((row) => [row.id, row]))
    for (const [name, column] of [
      ['EP', 'ep'],
      ['EP 3 slots', 'ep-3-slots'],
      ['FSE-DP', 'fse-dp'],
      ['EVEN unpaired', 'fse-dp-even-unpaired'],
      ['FSE-DP-paired', 'fse-dp-paired'],
    ] as const) {
      const own = differences().filter((row) => row[2] === name)
      const worst = (cell: number) => Math.max(...own.map((row) => Math.abs(Number(row.at(cell)))))
      expect(rows.get(`REF-${column}`)!.ours).toEqual({ value: worst(7), unit: 'share' })
      expect(rows.get(`REF-${column}-left`)!.ours).toEqual({ value: worst(-1), unit: 'share' })
      expect(rows.get(`REF-${column}-left`)!.judgement!.verdict).toBe('pass')
    }
  })

  test('ours lasts as long as its channels read, all of them alike', () => {
    const [fullest, means] = [3, 4].map((cell) => table('channels').map((row) => Number(row[cell])))
    expect(Math.min(...fullest!)).toBeGreaterThan(0.99)
    expect(Math.max(...fullest!)).toBeLessThan(1)
    expect(Math.min(...means!)).toBeGreaterThan(0.99)
    const row = result.rows.find(({ id }) => id === 'REF-channels')!
    expect([row.ours.value, row.judgement!.verdict]).toEqual([Math.min(...fullest!), 'pass'])
  })

  test('the gains are ratios of geometric means over the batches', () => {
    const own = (name: string) => differences().filter((row) => row[2] === name)
    const product = (name: string, cell: number) =>
      own(name).reduce((p, row) => p * Number(row[cell]) ** 0.125, 1)
    const row = result.rows.find(({ id }) => id === 'REF-speedup')!
    expect(row.published!.value).toBeCloseTo(product('EP', 4) / product('FSE-DP-paired', 4), 10)
    expect(row.ours.value).toBeCloseTo(product('EP', 6) / product('FSE-DP-paired', 6), 10)
  })

  test('a trace of the same name with other routing is refused, naming it', async () => {
    const io = {
      ...nodeIo,
      read: (path: string) => nodeIo.read(path.replace('Phi3.5-MoE_16', 'Phi3.5-MoE_64')),
    }
    const run = reference.run(new Lab(io, options(FOLDER), hooks))
    await expect(run).rejects.toMatchObject({
      diagnostics: [{ code: 'conflict', file: `${FOLDER}/Phi3.5-MoE_16.json` }],
    })
  })
})

/** The cells of the tables in the comments: `phi-3.5-moe 16 EP: 5.19 6.72 +29.5 -> 0.0`. */
function writtenCells(comments: string): string[] {
  const cells: string[] = []
  let schedules: readonly string[] = []
  for (const line of comments.split('\n')) {
    const header = /^# +model +tokens +(.*)$/.exec(line)
    if (header) schedules = header[1]!.split(/ {2,}/)
    const row = /^# +(\S+) +(\d+) +\d+\.\d\d /.exec(line)
    if (!row) continue
    const latencies = line.match(/\d+\.\d\d +\d+\.\d\d +\S+ -> +\S+/g) ?? []
    cells.push(
      ...latencies.map((cell, i) => `${row[1]} ${row[2]} ${schedules[i]}: ${cell.replaceAll(/ +/g, ' ')}`),
    )
  }
  return cells
}

function shown(row: readonly (string | number)[]): string {
  const [model, tokens, schedule] = row
  const ms = (cell: number) => (Number(row.at(cell)) / 1e9).toFixed(2)
  return `${model} ${tokens} ${schedule}: ${ms(4)} ${ms(6)} ${percent(row.at(7)!)} -> ${percent(row.at(-1)!)}`
}

function percent(share: string | number): string {
  const text = (100 * Number(share)).toFixed(1)
  if (/^-?0\.0$/.test(text)) return '0.0'
  return text.startsWith('-') ? text : `+${text}`
}

test('its hardware is the paper’s at half the MAC rate, and nothing else', async () => {
  const io = bundledIo()
  const [paper, own] = [await loadHardware(io, 'fse-dp-2x2'), await loadHardware(io, 'fse-dp-2x2-reference')]
  expect(own.compute).toEqual({ kind: 'ideal', flopPerPs: 1.6384 })
  expect({ ...own, name: paper.name, compute: paper.compute }).toEqual(paper)
})

describe('without its traces', () => {
  test('the figure is refused by name, saying what to give', async () => {
    const { exitCode, stdout, stderr } = await runCli(['reproduce', 'fse-dp', 'reference'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(
      'figure reference needs the traces that the reference simulator ran; give their folder with --trace',
    )
  })

  test('all figures are planned without it, and it is named as left out; with them it is planned too', () => {
    const without = planReproduction({ paper: 'fse-dp' })
    expect([without.figures.includes('reference'), without.leftOut]).toEqual([false, ['reference']])
    const withThem = planReproduction({ paper: 'fse-dp', trace: 'd' })
    expect([withThem.figures.at(-1), withThem.leftOut]).toEqual(['reference', []])
  })

  test.each(['F9', 'claims'])('a folder of traces for %s, which reads none, is refused', async (figure) => {
    const { exitCode, stderr } = await runCli(['reproduce', 'fse-dp', figure, '--trace', 'd'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`${figure} reads no recorded traces; leave --trace out; read by: reference`)
  })

  test('a folder that lacks a trace is refused, naming the file', async () => {
    const results = 'configs/reference/fse-dp/results.csv'
    const io = bundledIo({ [`bundled:/${results}`]: readFileSync(root(results)), 'd/x.json': '[]' })
    const run = reference.run(new Lab(io, options('d'), hooks))
    await expect(run).rejects.toThrow('there is no trace d/Phi3.5-MoE_16.json')
  })
})
