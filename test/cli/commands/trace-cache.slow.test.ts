// `moesim trace cache` through the real command line: a trace of the size that cache studies publish, and small ones.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import { oracleHits, sumOf } from '../../helpers/cache-oracle.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { runCli } from '../../helpers/run-cli.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-cache-'))
  writeFileSync(at('mini.yaml'), MODEL)
  writeFileSync(at('t.csv'), `request,token,phase,layer,experts\n${ROWS.join('\n')}\n`)
  writeFileSync(at('other.csv'), `request,token,phase,layer,experts\n${ROWS.slice(0, 4).join('\n')}\n`)
  writeFileSync(at('one-layer.csv'), 'request,token,phase,layer,experts\na,0,decode,1,0 1\n')
  writeFileSync(at('counts.json'), '{"logical_count": [[0,0,0,0],[3,1,0,0],[0,0,0,0],[2,2,2,2]]}')
  writeFileSync(at('tokens.jsonl'), TOKENS)
})
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

/** An expert is 3 * 64 * 32 bytes: 6,144 B. */
const MODEL = `name: mini
layers: 4
moe_layers: [1, 3]
hidden: 64
expert_intermediate: 32
experts: 4
top_k: 2
shared_experts: 0
weight_bytes: 1
activation_bytes: 1
routing: {skew: 1, reuse: 0}
`
const ROWS = ['a', 'b'].flatMap((request) =>
  [0, 1, 2, 3].flatMap((token) => [
    `${request},${token},${token < 2 ? 'prefill' : 'decode'},1,${token % 2} 2`,
    `${request},${token},${token < 2 ? 'prefill' : 'decode'},3,${token % 2} 3`,
  ]),
)
const TOKENS = '{"tok": 0, "layers": [[0, 5], [1, 2]]}\n{"tok": 1, "layers": [[0, 4], [3, 2]]}\n'

interface Result {
  readonly policy: string
  readonly slots: number
  readonly accesses: number
  readonly hits: number
  readonly hitRate: number
}

const cache = (...argv: string[]) => runCli(['trace', 'cache', ...argv])
const mini = (...argv: string[]) => cache(at('t.csv'), '--model', at('mini.yaml'), ...argv)
async function resultsOf(run: ReturnType<typeof cache>): Promise<readonly Result[]> {
  const { exitCode, stdout } = await run
  expect(exitCode).toBe(0)
  return (JSON.parse(stdout) as { results: Result[] }).results
}

describe('300 tokens x 26 layers x top-8 of 256', () => {
  const layers = Array.from({ length: 26 }, (_, layer) => layer)
  const spec = { skew: 1, reuse: 0.3, topics: 1, requests: 1, prefillTokens: 0, decodeTokens: 300 }
  const { layerExperts } = generateRouting(memoryIo(), spec, { experts: 256, topK: 8, layers }, 1)
  const tables = layers.map((layer) => layerExperts(layer))
  const rows = Array.from({ length: 300 }, (_, token) =>
    tables.map((table) => [...table.subarray(8 * token, 8 * token + 8)]),
  )
  const keys = rows.flatMap((row) => row.flatMap((ids, layer) => ids.map((id) => 256 * layer + id)))
  beforeAll(() => {
    const lines = rows.map((row, tok) => `${JSON.stringify({ tok, layers: row })}\n`)
    writeFileSync(at('decode.jsonl'), lines.join(''))
  })

  test('has the hits of lru, lfu and min by their definitions, without a model', async () => {
    const slots = [201, 402, 805, 1610, 3221]
    const argv = ['--policy', 'lru,lfu,min', '--slots', slots.join(), '--format', 'json']
    const results = await resultsOf(cache(at('decode.jsonl'), ...argv))
    const wanted = (['lru', 'lfu', 'min'] as const).flatMap((policy) =>
      slots.map((size) => {
        const hits = sumOf(oracleHits(keys, { policy, slots: size }))
        return { policy, slots: size, accesses: 62_400, hits, hitRate: hits / 62_400 }
      }),
    )
    expect(
      results.map(({ policy, slots, accesses, hits, hitRate }) => ({
        policy,
        slots,
        accesses,
        hits,
        hitRate,
      })),
    ).toEqual(wanted)
  })

  test('misses each expert once in a cache of all, and has every size with --slots all', async () => {
    const argv = ['--policy', 'lru', '--slots', 'all', '--format', 'json']
    const results = await resultsOf(cache(at('decode.jsonl'), ...argv))
    const experts = Math.max(...keys.map((key) => key % 256)) + 1
    expect(results.map(({ slots }) => slots)).toEqual(Array.from({ length: 26 * experts }, (_, i) => i + 1))
    expect(results.at(-1)!.hits).toBe(62_400 - new Set(keys).size)
    expect(results.every(({ hits }, i) => i === 0 || hits >= results[i - 1]!.hits)).toBe(true)
    expect(results[0]).not.toHaveProperty('layers')
  })
})

test('a trace that does not say how many experts there are is read by what it shows', async () => {
  const { exitCode, stdout, stderr } = await cache(at('tokens.jsonl'), '--slots', '4', '--policy', 'lru')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toContain('model     tokens (at least 6 experts, top-2), 2 layers\n')
  expect(stdout).toContain('accesses  8, to 6 of 12 experts\n')
  // 0 and 5 of the first layer, 1 and 2 of the second; then 0 is held, 4 puts out 5, 3 puts out 1, 2 is held.
  expect(stdout).toMatch(/^ +4 +33\.3 +25\.0$/m)
})

test('prints a row for each size and a column for each policy, phases below, and bytes where the model is known', async () => {
  const { exitCode, stdout, stderr } = await mini('--policy', 'lru,min', '--slots', '4,2')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toContain('slots     one pool for all layers\n')
  // Expert 2 of layer 1 and expert 3 of layer 3 come back after three others, the others after five.
  expect(stdout).toMatch(/^ +2 +25\.0 +12\.3 kB +0\.0 ± 0\.0 +21\.9 ± 39\.7$/m)
  expect(stdout).toMatch(/^ +4 +50\.0 +24\.6 kB +43\.8 ± 79\.4 +56\.3 ± 79\.4$/m)
  expect(stdout).toContain('\nHit rate of prefill [%]\n')
  expect(stdout).toContain('\nHit rate of decode [%]\n')
})

test('a size in bytes is as many experts as it holds', async () => {
  const slots = async (capacity: string) =>
    (await resultsOf(mini('--policy', 'lru', '--capacity', capacity, '--format', 'json'))).map(
      (result) => result.slots,
    )
  expect(await slots('6144 B,18431 B')).toEqual([1, 2])
  expect(await slots('18432 B')).toEqual([3])
})

test('static goes by another trace or by counts, and the output says where that is the trace itself', async () => {
  const hits = async (profile: string) =>
    (
      await resultsOf(
        mini('--policy', 'static', '--slots', '5', '--profile', at(profile), '--format', 'json'),
      )
    )[0]!.hits
  expect(await hits('counts.json')).toBeGreaterThan(0)
  const { stdout } = await mini('--policy', 'static', '--slots', '5', '--profile', at('t.csv'))
  expect(stdout).toContain(`static    by the counts of ${at('t.csv')}\n`)
  expect(stdout).toContain('static is profiled on this very trace: it knows beforehand what is used.\n')
  const other = await mini('--profile', at('other.csv'))
  expect(other.stdout).toMatch(/slots +experts +capacity +lru +lfu +lfru +static +min\n/)
  expect(other.stdout).not.toContain('this very trace')
})

test('CSV has a line for each policy, size, phase and layer, and goes to a file', async () => {
  const argv = ['--policy', 'lru', '--slots', '5', '--per-layer', '--format', 'csv', '--output', at('o.csv')]
  expect(await mini(...argv)).toEqual({ exitCode: 0, stdout: '', stderr: `wrote ${at('o.csv')}\n` })
  const lines = readFileSync(at('o.csv'), 'utf8').trim().split('\n')
  expect(lines[0]).toBe('policy,slots,capacity_B,phase,layer,accesses,hits,hitRate,ci95')
  expect(lines.slice(1).map((line) => line.split(',').slice(0, 7).join())).toEqual([
    'lru,5,30720,all,all,32,20',
    'lru,5,30720,prefill,all,16,8',
    'lru,5,30720,decode,all,16,12',
    'lru,5,30720,all,1,16,13',
    'lru,5,30720,all,3,16,7',
  ])
})

test('--charts writes the curve and the layers, --report the page of both', async () => {
  const argv = ['--policy', 'lru,min', '--charts', at('charts'), '--report', at('page.html'), '--quiet']
  expect(await mini(...argv)).toMatchObject({ exitCode: 0, stderr: '' })
  expect(readdirSync(at('charts')).sort()).toEqual(
    ['hit-rates', 'hit-rates-by-layer'].flatMap((name) => [`${name}.png`, `${name}.svg`]).sort(),
  )
  const page = readFileSync(at('page.html'), 'utf8')
  expect(page).toContain('moesim trace cache')
  expect(page).toContain('--policy lru,min')
})

test.each([
  [['--slots', '0'], '--slots must be whole numbers of experts from 1 on such as 201,402, or all, got "0"'],
  [
    ['--slots', '201,'],
    '--slots must be whole numbers of experts from 1 on such as 201,402, or all, got "201,"',
  ],
  [['--slots', '2', '--capacity', '1 MB'], '--slots and --capacity exclude each other; keep one of them'],
  [['--capacity', '2'], '--capacity must be a size with its unit, such as 64 MiB (units: B, kB, MB,'],
  [['--capacity', '1 kB'], '--capacity must be at least one expert of mini, 6.14 kB, got "1 kB"'],
  [
    ['--policy', 'lfuu'],
    'unknown cache policy "lfuu"; known: lru, lfu, lfru, static, min; did you mean "lfu"?',
  ],
  [['--policy', 'lru,static'], 'the policy static needs to know what is used most; give --profile FILE'],
  [['--policy', 'lru', '--profile', 'x'], '--profile goes with the policy static; add it to --policy'],
  [['--policy', 'lru', '--half-life', '8'], '--half-life goes with the policy lfru; add it to --policy'],
  [['--half-life', '0'], '--half-life must be a whole number of tokens from 1 to 1000000000, got "0"'],
  [['--slots', '1', '--per-layer'], '--per-layer needs 2 slots, one for each layer, got 1'],
  [['--report', 'page.txt'], '--report writes a page, got "page.txt"'],
])('%j is one finding that says what is allowed', async (argv, message) => {
  const { exitCode, stdout, stderr } = await mini(...argv)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(`error: ${message}`)
  expect(stderr).toMatch(/\n1 error\n$/)
})

test.each([
  [
    'a size in bytes without a model',
    ['tokens.jsonl', '--capacity', '2 GiB'],
    '--capacity needs the size of an expert; name the model',
  ],
  [
    'a trace that does not show its layers',
    ['t.csv'],
    'the trace does not say its experts, top-k and MoE layers',
  ],
  ['counts, which have no order', ['counts.json', '--model', 'mini.yaml'], 'histograms only (sglang-counts)'],
  [
    'a profile of fewer layers',
    ['t.csv', '--model', 'mini.yaml', '--profile', 'one-layer.csv'],
    'layer 3 is not in it',
  ],
])('%s is refused', async (_, argv, message) => {
  const { exitCode, stdout, stderr } = await cache(
    ...argv.map((part) => (existsSync(at(part)) ? at(part) : part)),
  )
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toMatch(/\n1 error\n$/)
})

test('rows that an engine warmed up with, which hit again and again, are named', async () => {
  const ids = [0, 1, 2, 3, 4, 5, 6, 7]
  const rows = Array.from({ length: 5 }, (_, tok) => ({ tok, layers: [ids, ids] }))
  writeFileSync(at('warm.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const run = (...more: string[]) => cache(at('warm.jsonl'), '--policy', 'lru', ...more)
  expect((await run()).stderr).toContain('note: rows 0-4 of request "warm"')
  expect((await run('--quiet')).stderr).toBe('')
})

test('Ctrl-C during a replay ends it without a result', async () => {
  let now = 0
  const argv = ['trace', 'cache', at('t.csv'), '--model', at('mini.yaml')]
  const run = await runCli(argv, { interrupt: true, nowMs: () => (now += 100) })
  expect(run).toMatchObject({ exitCode: 130, stdout: '' })
})
