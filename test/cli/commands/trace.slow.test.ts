// `moesim trace`: convert, info and head through the real command line.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../../helpers/run-cli.ts'
import { npy } from '../../trace/formats/arrays/arrays.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moesim-trace-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (...parts: string[]) => join(folder, ...parts)

const MODEL = `name: mini
layers: 4
moe_layers: [1, 3]
hidden: 64
expert_intermediate: 32
experts: 8
top_k: 2
shared_experts: 0
weight_bytes: 1
activation_bytes: 1
routing: {skew: 1, reuse: 0}
`
const META =
  '{"type":"meta","format":"moesim-research-trace","version":1,"model":"mini","num_experts":8,"top_k":2,"layers":[1,3],"request":"q1"}\n'
const LINES =
  '{"pos":0,"phase":"prefill","experts":[[0,1],[2,3]]}\n{"pos":1,"phase":"decode","experts":[[4,5],[6,7]]}\n'
const HEADER = 'request,token,phase,layer,experts\n'
const ROWS = 'q1,0,prefill,1,0 1\nq1,0,prefill,3,2 3\nq1,1,decode,1,4 5\nq1,1,decode,3,6 7\n'

function writeSamples(): void {
  writeFileSync(at('mini.yaml'), MODEL)
  writeFileSync(at('r.jsonl'), META + LINES)
  writeFileSync(at('bare.csv'), HEADER + ROWS)
  writeFileSync(
    at('counts.json'),
    JSON.stringify({ logical_count: [[], [], [], []].map((_, l) => new Array(8).fill(l % 2)) }),
  )
  writeFileSync(at('array.npy'), npy([2, 2, 2], Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7])))
  writeFileSync(at('array.npy.json'), '{"input_token_count":1}')
}
beforeEach(writeSamples)

const shaOf = async (file: string) => {
  const { stdout, exitCode } = await runCli(['trace', 'info', at(file), '--format', 'json'])
  expect(exitCode).toBe(0)
  return (JSON.parse(stdout) as { sha256: string }).sha256
}

describe('trace convert', () => {
  test('writes each form by its name, with a manifest, and says so', async () => {
    for (const file of ['out.csv', 'out.csv.gz', 'out.parquet']) {
      const run = await runCli(['trace', 'convert', at('r.jsonl'), at(file)])
      expect(run).toEqual({ exitCode: 0, stdout: '', stderr: `wrote ${at(file)}\n` })
    }
    const [manifest, ...rest] = readFileSync(at('out.csv'), 'utf8').split('\n')
    expect(rest.join('\n')).toBe(HEADER + ROWS)
    expect(JSON.parse(manifest!.replace('# moesim-trace ', ''))).toMatchObject({
      model: 'mini',
      experts: 8,
      topK: 2,
      layers: [1, 3],
      phases: 'recorded',
      source: { format: 'research-jsonl', name: 'r.jsonl' },
    })
    const hashes = await Promise.all(['r.jsonl', 'out.csv', 'out.csv.gz', 'out.parquet'].map(shaOf))
    expect(new Set(hashes).size).toBe(1)
  })

  test('there and back gives the same bytes, and keeps what the trace was first made from', async () => {
    await runCli(['trace', 'convert', at('r.jsonl'), at('a.csv')])
    await runCli(['trace', 'convert', at('a.csv'), at('b.parquet')])
    await runCli(['trace', 'convert', at('b.parquet'), at('c.csv')])
    expect(readFileSync(at('c.csv'))).toEqual(readFileSync(at('a.csv')))
  })

  test('takes --to where the name says nothing, and the model where the trace says nothing', async () => {
    const argv = [
      'trace',
      'convert',
      at('array.npy'),
      at('out.bin'),
      '--to',
      'csv',
      '--model',
      at('mini.yaml'),
    ]
    expect((await runCli(argv)).exitCode).toBe(0)
    expect(readFileSync(at('out.bin'), 'utf8')).toContain('\narray,0,prefill,1,0 1\n')
  })

  test('is silent with --quiet', async () => {
    const run = await runCli(['trace', 'convert', at('r.jsonl'), at('out.csv'), '--quiet'])
    expect(run).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  test('notes what it leaves out of a folder', async () => {
    mkdirSync(at('d'))
    writeFileSync(at('d', 'a.jsonl'), META + LINES)
    writeFileSync(at('d', 'b.npy'), 'whatever')
    const { stderr } = await runCli(['trace', 'convert', at('d'), at('out.csv')])
    expect(stderr).toBe(`note: 1 file left out; "moesim trace info" says why\nwrote ${at('out.csv')}\n`)
  })

  test('leaves nothing behind when it is interrupted, and an earlier file as it was', async () => {
    writeFileSync(at('out.csv'), 'earlier')
    const lines = Array.from(
      { length: 9000 },
      (_, pos) => `{"pos":${pos},"phase":"decode","experts":[[0,1],[2,3]]}\n`,
    )
    writeFileSync(at('long.jsonl'), META + lines.join(''))
    const before = readdirSync(folder).sort()
    let ms = 0
    const setting = { interrupt: true, nowMs: () => (ms += 100) }
    for (const file of ['out.csv', 'out.parquet']) {
      const run = await runCli(['trace', 'convert', at('long.jsonl'), at(file)], setting)
      expect(run).toMatchObject({ exitCode: 130, stdout: '' })
      expect(run.stderr).toMatch(/interrupted\n$/)
    }
    expect(readdirSync(folder).sort()).toEqual(before)
    expect(readFileSync(at('out.csv'), 'utf8')).toBe('earlier')
  })

  test.each([
    [
      ['counts.json', 'out.csv', '--model', 'mini.yaml'],
      'counts.json error: histograms only (sglang-counts)',
    ],
    [
      ['bare.csv', 'out.csv'],
      'bare.csv error: the trace does not say its experts, top-k and MoE layers; name the model',
    ],
    [['r.jsonl', 'out.txt'], 'out.txt from its name; let it end in .csv, .csv.gz or .parquet, or give --to'],
    [['r.jsonl', 'out.csv', '--to', 'parquet'], 'error: --to parquet, and the name'],
    [['r.jsonl', 'absent/out.csv'], 'absent/out.csv error: cannot write: no such file or directory'],
    [
      ['absent.csv', 'out.csv', '--model', 'mini.yaml'],
      'absent.csv error: cannot read: no such file or directory',
    ],
    [
      ['r.jsonl', 'out.csv', '--model', 'gpt-oss-20b'],
      'the trace says num_experts 8, model gpt-oss-20b has 32',
    ],
    [['bare.csv', 'out.csv', '--model', 'mixtral-8x9b'], 'unknown model "mixtral-8x9b"'],
  ])('%j is refused before anything is written', async (argv, message) => {
    const [input, output, ...options] = argv
    const paths = options.map((option) => (option.endsWith('.yaml') ? at(option) : option))
    const run = await runCli(['trace', 'convert', at(input!), at(output!), ...paths])
    expect(run).toMatchObject({ exitCode: 2, stdout: '' })
    expect(run.stderr).toContain(message)
    expect(run.stderr).not.toContain('    at ')
    expect(existsSync(at(output!))).toBe(false)
  })
})

describe('trace info', () => {
  test('prints the facts of a trace', async () => {
    const { exitCode, stdout, stderr } = await runCli([
      'trace',
      'info',
      at('array.npy'),
      '--model',
      at('mini.yaml'),
    ])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^trace {5}\S+array\.npy\n-/)
    expect(stdout).toContain('format    vllm-npy (1 file)\n')
    expect(stdout).toContain('tokens    2 (1 prefill, 1 decode)\n')
  })

  test('prints the facts of counts', async () => {
    const { exitCode, stdout } = await runCli([
      'trace',
      'info',
      at('counts.json'),
      '--model',
      at('mini.yaml'),
    ])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('selections  16 (phase not recorded)\n')
  })

  test('reads a trace as what it is said to be', async () => {
    const run = await runCli([
      'trace',
      'info',
      at('bare.csv'),
      '--from',
      'parquet',
      '--model',
      at('mini.yaml'),
    ])
    expect(run).toMatchObject({ exitCode: 2, stdout: '' })
    expect(run.stderr).toContain(
      'bare.csv error: cannot read: truncated: the Parquet footer at its end is missing',
    )
  })
})

describe('trace head', () => {
  test('prints the header and as many rows as asked for', async () => {
    const { exitCode, stdout, stderr } = await runCli(['trace', 'head', at('r.jsonl'), '-n', '3'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toBe(`${HEADER}${ROWS.split('\n').slice(0, 3).join('\n')}\n`)
  })

  test('prints ten rows unless told otherwise, and all where there are fewer', async () => {
    expect((await runCli(['trace', 'head', at('r.jsonl')])).stdout).toBe(HEADER + ROWS)
  })

  test.each(['0', '-1', 'x', '1.5'])('--rows %s is refused', async (rows) => {
    const run = await runCli(['trace', 'head', at('r.jsonl'), `--rows=${rows}`])
    expect(run).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: --rows must be a whole number from 1 on, got "${rows}"\n1 error\n`,
    })
  })

  test('has no rows to show of counts', async () => {
    const run = await runCli(['trace', 'head', at('counts.json'), '--model', at('mini.yaml')])
    expect(run).toMatchObject({ exitCode: 2, stdout: '' })
    expect(run.stderr).toContain('histograms only (sglang-counts)')
  })
})

describe('usage', () => {
  test('trace alone prints its help and exits 2; every command of it has examples and exit codes', async () => {
    expect(await runCli(['trace'])).toMatchObject({ exitCode: 2, stdout: '' })
    for (const argv of [['trace'], ['trace', 'convert'], ['trace', 'info'], ['trace', 'head']]) {
      const { exitCode, stdout } = await runCli([...argv, '--help'])
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/\nExamples:\n {2}moesim trace /)
      expect(stdout).toContain('\nExit codes:\n  0    fine\n')
    }
  })

  test('an unknown format is refused with those there are', async () => {
    const run = await runCli(['trace', 'info', at('r.jsonl'), '--from', 'vllm'])
    expect(run).toMatchObject({ exitCode: 2, stdout: '' })
    expect(run.stderr).toContain(
      "argument 'vllm' is invalid. Allowed choices are csv, parquet, research-jsonl",
    )
  })
})

describe('run --from', () => {
  const RUN = ['run', '--hardware', 'fse-dp-2x2', '--scheduler', 'ep', '--tokens', '1', '--format', 'json']

  test('reads the trace as that format', async () => {
    const argv = [...RUN, '--model', at('mini.yaml'), '--trace', at('array.npy')]
    const { exitCode, stdout } = await runCli([...argv, '--from', 'vllm-npy'])
    expect(exitCode).toBe(0)
    expect((JSON.parse(stdout) as { traceSha256: string }).traceSha256).toMatch(/^[0-9a-f]{64}$/)
    const wrong = await runCli([...argv, '--from', 'csv'])
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' })
    expect(wrong.stderr).toContain('array.npy:1:1 error: cannot read: NUL byte')
  })

  test('of counts says why it cannot run', async () => {
    const { exitCode, stderr } = await runCli([
      ...RUN,
      '--model',
      at('mini.yaml'),
      '--trace',
      at('counts.json'),
    ])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('histograms only (sglang-counts): how often each expert was chosen')
  })

  test('without a trace, or with a format that is none, is refused', async () => {
    const unknown = await runCli([...RUN, '--trace', at('array.npy'), '--from', 'vlm-npy'])
    expect(unknown.stderr).toContain('unknown trace format "vlm-npy"; known: csv, parquet,')
    expect(unknown.stderr).toContain('did you mean "vllm-npy"?')
    const alone = await runCli([...RUN, '--model', 'mixtral-8x7b', '--from', 'csv'])
    expect(alone).toMatchObject({ exitCode: 2, stdout: '' })
    expect(alone.stderr).toContain('trace_format without a trace; name the trace')
  })
})

describe('a run on histograms', () => {
  const argv = (...more: string[]) => [
    ...['run', '--model', at('mini.yaml'), '--hardware', 'fse-dp-2x2', '--tokens', '512', '--format', 'json'],
    ...['--set', 'schedulers=[ep, "ep:placement=balanced", "ep:placement=oracle-worst"]', '--baseline', 'ep'],
    ...more,
  ]

  test('generates tokens from the counts, on which placements are made that serve them better or worse', async () => {
    // Experts 0 and 1, which lie on one die at first, get three quarters of the selections.
    const row = [90, 80, 10, 10, 10, 10, 10, 10]
    const none = new Array<number>(8).fill(0)
    writeFileSync(at('mini.yaml'), MODEL.replace('hidden: 64', 'hidden: 2048').replace('32', '1024'))
    writeFileSync(at('counts.json'), JSON.stringify({ logical_count: [none, row, none, row] }))
    const { exitCode, stdout } = await runCli(
      argv('--set', `generator.counts=${at('counts.json')}`, '--set', 'generator.requests=20'),
    )
    expect(exitCode).toBe(0)
    const { experiment, results } = JSON.parse(stdout) as {
      experiment: { routing: unknown }
      results: { scheduler: string; metrics: { latency: { value: number } } }[]
    }
    expect(experiment.routing).toMatchObject({ kind: 'counts', file: 'counts.json' })
    const [contiguous, balanced, worst] = results.map(({ metrics }) => metrics.latency.value)
    expect(balanced).toBeLessThan(contiguous!)
    expect(worst).toBeGreaterThanOrEqual(contiguous!)
  })

  test('refuses them as a trace, and says how they are used', async () => {
    const { exitCode, stderr } = await runCli(argv('--trace', at('counts.json')))
    expect(exitCode).toBe(2)
    expect(stderr).toContain('histograms only (sglang-counts)')
    expect(stderr).toContain('--set generator.counts=FILE')
  })
})
