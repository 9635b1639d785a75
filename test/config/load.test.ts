// Experiments from files, flags and --set: what wins over what, and how a wrong flag is told.
import { afterEach, describe, expect, test } from 'vitest'
import { canonicalExperiment } from '../../src/config/canonical.ts'
import type { ExperimentFlags } from '../../src/config/flags.ts'
import { loadExperiment } from '../../src/config/load.ts'
import { type Diagnostic, describe as text, UserError } from '../../src/errors.ts'
import { bundledIo } from './bundled-io.ts'

const load = (
  flags: ExperimentFlags = {},
  sets: string[] = [],
  file?: string,
  extra: Record<string, string> = {},
) => loadExperiment(bundledIo(extra), { file, flags, sets })
const experiment = async (...of: Parameters<typeof load>) => (await load(...of)).experiment

async function refusal(...of: Parameters<typeof load>): Promise<readonly Diagnostic[]> {
  try {
    await load(...of)
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics
    throw error
  }
  throw new Error('it was not refused')
}

afterEach(() => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

describe('without arguments', () => {
  test('the demo replays its trace with five schedulers, ep first', async () => {
    const demo = await experiment()
    expect(demo.routing).toEqual({ kind: 'trace', path: 'bundled:/traces/qwen3-30b-a3b-demo.csv.gz' })
    expect(demo.workload).toEqual({ kind: 'tokens', tokens: 256, iterations: 1 })
    expect(demo.schedulers.map((s) => s.id)).toEqual([
      'ep',
      'ep:prefetch=1',
      'fse-dp',
      'fse-dp:paired=true',
      'forecast-prefetch',
    ])
    expect([demo.name, demo.baseline, demo.hardware.name, demo.model.name]).toEqual([
      'demo',
      'ep',
      'fse-dp-2x2',
      'qwen3-30b-a3b',
    ])
  })
})

describe('flags', () => {
  test('another model drops the trace of the file, says so, and has as many requests generated as needed', async () => {
    const { experiment: found, warnings } = await load({
      model: 'deepseek-v3',
      tokens: '1000',
      iterations: '3',
    })
    expect(found.routing).toEqual({
      kind: 'generator',
      spec: { skew: 0.86, reuse: 0.15, topics: 4, requests: 17, prefillTokens: 60, decodeTokens: 127 },
    })
    expect(warnings.map(text)).toEqual([expect.stringContaining('routing for deepseek-v3 is generated')])
    // Nobody has named a file.
    expect(warnings[0]?.file).toBeUndefined()
  })

  test('a trace that is no text is dropped with the model it was meant for, and told as what it is', async () => {
    const { warnings } = await load({ model: 'olmoe-1b-7b' }, [], 'e.yaml', {
      'e.yaml':
        'hardware: fse-dp-2x2\nmodel: qwen3-30b-a3b\ntrace: {a: 1}\nworkload: {tokens: 1}\nschedulers: [ep]',
    })
    expect(warnings.map(text)).toEqual([expect.stringContaining('what "trace" says belongs to the model')])
  })

  test('the model the file names keeps its trace, other hardware too', async () => {
    const found = await experiment({ model: 'qwen3-30b-a3b', hardware: 'dojo-5x5' })
    expect([found.routing.kind, found.hardware.name]).toEqual(['trace', 'dojo-5x5'])
  })

  test('a trace flag is taken as it stands and stays with another model', async () => {
    const found = await experiment({ model: 'olmoe-1b-7b', trace: 'dir/t.csv' }, [], 'sub/e.yaml', {
      'dir/t.csv': '',
      'sub/e.yaml':
        'hardware: fse-dp-2x2\nmodel: qwen3-30b-a3b\ntrace: t.csv\nworkload: {tokens: 1}\nschedulers: [ep]',
    })
    expect(found.routing).toEqual({ kind: 'trace', path: 'dir/t.csv' })
  })

  test('the format of a trace goes with it: another trace, model or generator drops it', async () => {
    const files = {
      't.csv': '',
      'u.csv': '',
      'e.yaml':
        'hardware: fse-dp-2x2\nmodel: qwen3-30b-a3b\ntrace: t.csv\ntrace_format: csv\nworkload: {tokens: 1}\nschedulers: [ep]',
    }
    const routing = async (flags: ExperimentFlags, sets: string[] = []) =>
      (await experiment(flags, sets, 'e.yaml', files)).routing
    expect(await routing({})).toEqual({ kind: 'trace', path: 't.csv', format: 'csv' })
    expect(await routing({ from: 'parquet' })).toEqual({ kind: 'trace', path: 't.csv', format: 'parquet' })
    expect(await routing({ trace: 'u.csv' })).toEqual({ kind: 'trace', path: 'u.csv' })
    expect(await routing({ trace: 'u.csv', from: 'csv' })).toEqual({
      kind: 'trace',
      path: 'u.csv',
      format: 'csv',
    })
    expect((await routing({ model: 'olmoe-1b-7b' })).kind).toBe('generator')
    expect((await routing({}, ['generator.skew=2'])).kind).toBe('generator')
  })

  test('requests switch to lock step, tokens switch back, and what is not given stays', async () => {
    expect((await experiment({ requests: '8' })).workload).toEqual({
      kind: 'requests',
      requests: 8,
      decodeSteps: 'all',
    })
    expect((await experiment({ requests: '8', decodeSteps: '3' })).workload).toMatchObject({ decodeSteps: 3 })
    const resampled = await experiment({ requests: '8', resample: true, seed: '5' })
    expect(resampled.workload).toMatchObject({ requests: 8, resampleSeed: 5 })
    expect((await experiment({ requests: '8' }, [], 'forecasting-dojo')).workload).toEqual({
      kind: 'requests',
      requests: 8,
      decodeSteps: 8,
    })
    expect((await experiment({ decodeSteps: '2' }, [], 'forecasting-dojo')).workload).toEqual({
      kind: 'requests',
      requests: 256,
      decodeSteps: 2,
    })
    expect((await experiment({ tokens: '8' }, [], 'forecasting-dojo')).workload).toEqual({
      kind: 'tokens',
      tokens: 8,
      iterations: 1,
    })
    expect((await experiment({ iterations: '5' })).workload).toEqual({
      kind: 'tokens',
      tokens: 256,
      iterations: 5,
    })
  })

  test('layers, seeds, format, output and schedulers replace those of the file', async () => {
    const found = await experiment({
      layers: '9,0',
      seed: '7',
      seeds: '3',
      format: 'json',
      output: 'x.json',
      schedulers: ['fse-dp-paired', 'ep'],
    })
    expect(found.layers).toEqual({ kind: 'list', layers: [0, 9] })
    expect([found.seed, found.seeds, found.output]).toEqual([7, 3, { format: 'json', file: 'x.json' }])
    expect([found.schedulers.map((s) => s.id), found.baseline]).toEqual([
      ['fse-dp-paired', 'ep'],
      'fse-dp-paired',
    ])
    expect((await experiment({ layers: 'sample:4' })).layers).toEqual({ kind: 'sample', count: 4 })
  })

  test('schedulers from the command line bring their own baseline, the first of them', async () => {
    const { experiment: found, warnings } = await load({ schedulers: ['fse-dp', 'ep'] })
    expect(found.baseline).toBe('fse-dp')
    expect(warnings).toEqual([])
    expect((await experiment({ schedulers: ['fse-dp', 'ep'], baseline: 'ep' })).baseline).toBe('ep')
  })

  test('a baseline is found by its canonical id, whatever it is written like', async () => {
    expect((await experiment({ baseline: 'ep: prefetch = 1' })).baseline).toBe('ep:prefetch=1')
  })

  test.each<[ExperimentFlags, string]>([
    [{ tokens: '0' }, '--tokens must be a whole number from 1 to 1000000, got "0"'],
    [{ tokens: '1e9x' }, '--tokens must be'],
    [{ tokens: '0x10' }, '--tokens must be'],
    [{ tokens: '' }, '--tokens must be'],
    [{ requests: '-4' }, '--requests must be'],
    [{ iterations: '1.5' }, '--iterations must be'],
    [{ requests: '4', decodeSteps: 'some' }, '--decode-steps must be'],
    [{ seed: '-1' }, '--seed must be a whole number from 0 to 4294967295, got "-1"'],
    [{ seeds: '0' }, '--seeds must be'],
    [{ tokens: '4', requests: '4' }, '--tokens and --requests exclude each other'],
    [{ decodeSteps: '4' }, '--decode-steps goes with requests'],
    [{ requests: '4', iterations: '4' }, '--iterations goes with tokens'],
    [{ tokens: '4', resample: true }, '--resample goes with requests'],
    [{ layers: 'most' }, '--layers must be all'],
    [{ layers: 'sample:0' }, '--layers must be all'],
    [{ format: 'xml' }, '--format must be one of table, json, csv, markdown'],
  ])('%j is a usage error', async (flags, words) => {
    const found = await refusal(flags)
    expect(found.map((d) => [d.code, text(d)])).toEqual([['usage', expect.stringContaining(words)]])
  })

  test.each<[ExperimentFlags, string, string]>([
    [{ hardware: 'fse-dp-2x' }, '--hardware', 'did you mean "fse-dp-2x2"'],
    [{ model: 'qwen3' }, '--model', 'unknown model "qwen3"'],
    [{ model: '' }, '--model', 'got nothing'],
    [{ trace: 'none.csv' }, '--trace', 'no trace none.csv'],
    [{ schedulers: ['ep', 'fse-pd'] }, '--scheduler', 'did you mean "fse-dp"'],
    [{ schedulers: ['ep:'] }, '--scheduler', 'a scheduler such as'],
    [{ baseline: 'hydra' }, '--baseline', 'unknown baseline "hydra"'],
    [{ layers: '48' }, '--layers', 'the MoE layers of qwen3-30b-a3b are 0 to 47'],
    [{ model: './missing.yaml' }, './missing.yaml', 'no such file'],
  ])('%j is told under the name of the flag', async (flags, file, words) => {
    const found = await refusal(flags)
    expect(found.map((d) => [d.file, text(d)])).toEqual([[file, expect.stringContaining(words)]])
  })

  test('wrong flags and wrong files are told together', async () => {
    const found = await refusal({ tokens: '0', hardware: 'nonsense', seed: 'x' })
    expect(found.map((d) => d.code)).toEqual(['usage', 'usage', 'unknown-name'])
  })
})

describe('--set', () => {
  test('reaches into the hardware, the model and the experiment, with units', async () => {
    const found = await experiment({ schedulers: ['ep'] }, [
      'hardware.link.bandwidth=96 GB/s',
      'model.top_k=4',
      'workload.tokens=32',
      'layers=[0, 3]',
      'compat=paper',
    ])
    expect([found.hardware.link.bytesPerPs, found.model.topK, found.workload]).toEqual([
      0.096,
      4,
      { kind: 'tokens', tokens: 32, iterations: 1 },
    ])
    expect([found.layers, found.compat]).toEqual([{ kind: 'list', layers: [0, 3] }, 'paper'])
  })

  test('reaches into hardware that an experiment or a flag names, and into an inline mapping', async () => {
    expect(
      (await experiment({ hardware: 'dojo-5x5' }, ['hardware.memory.efficiency=0.5'])).hardware.memory
        .efficiency,
    ).toBe(0.5)
    const inline =
      'hardware: fse-dp-2x2\nmodel: {layers: 1, hidden: 8, expert_intermediate: 8, experts: 4, top_k: 1, weight_bytes: 1, activation_bytes: 1}\nworkload: {tokens: 1}\nschedulers: [ep]'
    expect((await experiment({}, ['model.experts=8'], 'e.yaml', { 'e.yaml': inline })).model.experts).toBe(8)
  })

  test('a later one wins, and a whole name may be set', async () => {
    expect((await experiment({}, ['seed=1', 'seed=2'])).seed).toBe(2)
    expect(
      (await experiment({}, ['hardware=fse-dp-3x3', 'hardware.link.latency=1 ns'])).hardware,
    ).toMatchObject({ name: 'fse-dp-3x3', link: { latencyPs: 1000 } })
  })

  test('a generator takes the place of the trace', async () => {
    expect((await experiment({}, ['generator.skew=2'])).routing).toMatchObject({
      kind: 'generator',
      spec: { skew: 2, reuse: 0.2 },
    })
  })

  test('reaches into a Hugging Face model by the keys of moesim', async () => {
    const json =
      '{"model_type": "mixtral", "num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 8, "num_local_experts": 8, "num_experts_per_tok": 2}'
    const found = await experiment({ model: 'm/config.json' }, ['model.experts=4'], undefined, {
      'm/config.json': json,
    })
    expect([found.model.name, found.model.experts]).toEqual(['m', 4])
  })

  test.each<[string, string, string]>([
    ['hardware.link.bandwith=96 GB/s', 'unknown-key', 'did you mean "bandwidth"'],
    ['hardware.linkk.bandwidth=96 GB/s', 'unknown-key', 'did you mean "link"'],
    ['hardwear.link.bandwidth=96 GB/s', 'unknown-key', 'did you mean "hardware"'],
    ['model.topK=4', 'unknown-key', 'did you mean "top_k"'],
    ['hardware.link.bandwidth=96', 'bad-value', 'got "96"'],
    ['hardware.link=fast', 'bad-value', 'a mapping of bandwidth'],
    ['hardware.activations.x=1', 'bad-value', 'one of sram, memory'],
    ['model.top_k=129', 'conflict', 'top_k is 129'],
    ['__proto__.polluted=1', 'unknown-key', '"__proto__"'],
    ['hardware.__proto__.polluted=1', 'unknown-key', '"__proto__"'],
    ['hardware.link.constructor.polluted=1', 'unknown-key', '"constructor"'],
    ['schedulers=[ep, fse-pd]', 'unknown-name', 'did you mean "fse-dp"'],
    ['seed=[1', 'syntax', 'sequence'],
    ['seed', 'usage', 'path.to.key=value'],
    ['=5', 'usage', 'path.to.key=value'],
    ['a..b=5', 'usage', 'path.to.key=value'],
    ['seed=', 'usage', 'path.to.key=value'],
  ])('%s is refused and shown as written', async (set, code, words) => {
    const found = await refusal({}, [set])
    expect(found.map((d) => [d.code, text(d)])).toEqual([[code, expect.stringContaining(words)]])
    if (code !== 'usage') expect(found[0]).toMatchObject({ file: `--set ${set}`, span: undefined })
  })
})

describe('files', () => {
  const body = (trace: string) =>
    `hardware: ./h.yaml\nmodel: ../m/config.json\ntrace: ${trace}\nworkload: {tokens: 4}\nschedulers: [ep, {name: fse-dp, paired: true}, {fse-dp: {slices: 8}}]\n`
  const h =
    'topology: {kind: ring, dies: 3}\nlink: {bandwidth: 1 GB/s, latency: 0 ns}\ncompute: {model: systolic, rows: 16, columns: 8, clock: 1 GHz, dataflow: ws}\nllc: {capacity: 1 MiB, ways: 2, hit: 1 ns, miss: 2 ns, write: 3 ns}\nmemory: {kind: ddr3, bandwidth: 1 GB/s, latency: 1 ns, capacity: 1 GB, shared: false}\nactivations: memory\n'
  const m =
    '{"model_type": "mixtral", "num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 8, "num_local_experts": 8, "num_experts_per_tok": 2}'

  test('paths in a file are relative to that file', async () => {
    const found = await experiment({}, [], 'a/b/e.yaml', {
      'a/b/e.yaml': body('t.csv'),
      'a/b/h.yaml': h,
      'a/m/config.json': m,
      'a/b/t.csv': '',
    })
    expect(found.routing).toEqual({ kind: 'trace', path: 'a/b/t.csv' })
    expect([found.hardware.name, found.model.name, found.name]).toEqual(['h', 'm', 'e'])
    expect(found.schedulers.map((s) => s.id)).toEqual(['ep', 'fse-dp:paired=true', 'fse-dp:slices=8'])
    expect(found.hardware).toMatchObject({
      sramBytes: 1_048_576,
      // What the file leaves out: routers of the default make, tiles that do not overlap.
      link: {
        sharing: 'routers',
        router: { flitBytes: 32, packetBytes: 512, virtualChannels: 4, bufferBytes: 512 },
      },
      compute: { kind: 'systolic', clockPs: 1000, doubleBuffered: false },
      memory: { channelDies: [0, 1, 2] },
    })
  })

  test('trace and generator exclude each other', async () => {
    const files = {
      'e.yaml': `${body('t.csv')}generator: {}`,
      'h.yaml': h,
      '../m/config.json': m,
      't.csv': '',
    }
    expect((await refusal({}, [], 'e.yaml', files)).map(text)).toEqual([
      'trace and generator exclude each other; keep one of them',
    ])
  })

  test('a generator may take the popularity of experts from counts, beside its file', async () => {
    const yaml = (generator: string) =>
      `hardware: fse-dp-2x2\nmodel: olmoe-1b-7b\ngenerator: ${generator}\nworkload: {requests: 4, decode_steps: 3}\nschedulers: [ep]\n`
    const files = (generator: string) => ({ 'a/e.yaml': yaml(generator), 'a/c.json': '{}' })
    const good = '{counts: c.json, reuse: 0.5, prefill_tokens: 2, decode_tokens: 3}'
    const found = await experiment({}, [], 'a/e.yaml', files(good))
    expect(found.routing).toEqual({
      kind: 'counts',
      path: 'a/c.json',
      spec: { reuse: 0.5, requests: 4, prefillTokens: 2, decodeTokens: 3 },
    })
    expect(canonicalExperiment(found)).toMatchObject({ routing: { kind: 'counts', file: 'c.json' } })
    const sets = ['generator.skew=2', 'generator.topics=3']
    expect((await refusal({}, sets, 'a/e.yaml', files(good))).map((d) => [d.file, text(d)])).toEqual([
      [
        '--set generator.skew=2',
        'generator.skew has no effect: the popularity of experts is counted; keep skew or counts',
      ],
      [
        '--set generator.topics=3',
        'generator.topics has no effect: the popularity of experts is counted; keep topics or counts',
      ],
    ])
    const [absent] = await refusal({}, [], 'a/e.yaml', files('{counts: d.json}'))
    expect([absent!.file, absent!.span?.line, text(absent!)]).toEqual([
      'a/e.yaml',
      3,
      'cannot read: there is no trace a/d.json',
    ])
  })

  test('compat: paper idealizes links, memory and SRAM', async () => {
    const { hardware } = await experiment({ hardware: 'dojo-5x5', schedulers: ['ep'] }, ['compat=paper'])
    expect(hardware.link).toMatchObject({ sharing: 'circuit', duplex: 'half' })
    expect(hardware.link.router).toBeUndefined()
    expect([hardware.memory.access, hardware.sramBytes]).toEqual(['serial', Number.POSITIVE_INFINITY])
    expect((await experiment({ hardware: 'dojo-5x5' })).hardware).toMatchObject({
      link: { sharing: 'fair', duplex: 'full' },
      sramBytes: 64e6,
    })
  })

  test('an unknown experiment is told with the known ones', async () => {
    expect((await refusal({}, [], 'demmo')).map(text)).toEqual([
      expect.stringContaining('did you mean "demo"'),
    ])
  })
})

describe('the canonical form', () => {
  test('does not depend on output or on folders, and does on anything else', async () => {
    const form = async (flags: ExperimentFlags, sets: string[] = []) =>
      JSON.stringify(
        canonicalExperiment(await experiment(flags, sets, undefined, { 'a/t.csv': '', 'b/t.csv': '' })),
      )
    const base = await form({ trace: 'a/t.csv' })
    expect(await form({ trace: 'b/t.csv', format: 'json', output: '/somewhere/x' })).toBe(base)
    expect(await form({ trace: 'a/t.csv', seed: '2' })).not.toBe(base)
    expect(await form({ trace: 'a/t.csv' }, ['hardware.link.latency=4 ns'])).not.toBe(base)
    expect(base).toContain('"sramBytes":"unlimited"')
    expect(base).not.toContain('null')
    expect(base).not.toContain('/')
  })
})
