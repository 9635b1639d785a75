// `moesim place`: counts and traces in, placements and loads out.
import { describe, expect, test } from 'vitest'
import { memoryIo } from '../../helpers/memory-io.ts'
import { runCli } from '../../helpers/run-cli.ts'

const HOT_PAIR = '{"logical_count": [[600,560,120,120,20,10,10,10]]}'
/** One layer of 4 experts in 8 steps: after the fourth another expert is hot. */
const STEPS = JSON.stringify({
  logical_count: Array.from({ length: 8 }, (_, step) => [step < 4 ? [8, 2, 1, 1] : [1, 2, 1, 8]]),
})

const TINY = `layers: 1
hidden: 8
expert_intermediate: 16
experts: 8
top_k: 2
weight_bytes: 1
activation_bytes: 1
`
const SMALL = `topology: {kind: crossbar, dies: 4}
link: {bandwidth: 1 GB/s, latency: 1 ns}
compute: {model: ideal, peak: 1 TFLOP/s}
sram: unlimited
activations: memory
memory: {kind: other, bandwidth: 1 GB/s, latency: 0 ns, efficiency: 1, capacity: 1200 B, channels: all, shared: false}
`

async function place(
  args: readonly string[],
  files: Readonly<Record<string, string>> = { 'c.json': HOT_PAIR },
) {
  const io = memoryIo(files, 1 << 16)
  return { io, ...(await runCli(['place', ...args, '--quiet'], { io })) }
}

const parsed = async (args: readonly string[], files?: Readonly<Record<string, string>>) => {
  const { stdout, stderr, exitCode } = await place([...args, '--format', 'json'], files)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  return JSON.parse(stdout)
}

describe('counts alone', () => {
  test.each([
    ['eplb', 232],
    ['balanced', 232],
    ['joint', 590 / 3],
    ['optimal', 590 / 3],
  ])('%s leaves %f on the fullest device for a hot pair of experts', async (algorithm, expected) => {
    const result = await parsed(['c.json', '--devices', '8', '--slots', '2', '--algorithm', algorithm])
    expect(result.algorithm).toBe(algorithm)
    expect(result.layers).toHaveLength(1)
    const [{ layer, maxLoad, meanLoad, devices }] = result.layers
    expect({ layer, meanLoad }).toEqual({ layer: 0, meanLoad: 181.25 })
    expect(maxLoad).toBeCloseTo(expected, 9)
    expect(devices).toHaveLength(8)
    for (const held of devices) expect(new Set(held).size).toBe(2)
    expect(new Set(devices.flat()).size).toBe(8)
  })

  test('optimal says how far it may be off: nothing, once proven', async () => {
    const { layers } = await parsed(['c.json', '--devices', '8', '--slots', '2', '--algorithm', 'optimal'])
    expect(layers[0].gap).toBe(0)
  })

  test('need no model, take the bare table too, and leave layers without selections out', async () => {
    const files = { 'c.json': '[[0,0,0,0],[4,2,1,1]]' }
    const { layers } = await parsed(['c.json', '--devices', '2', '--slots', '2'], files)
    expect(layers.map(({ layer }: { layer: number }) => layer)).toEqual([1])
  })

  test('by step are cut in two: made from the first half, judged on windows of the second, with drift', async () => {
    const args = ['c.json', '--devices', '2', '--slots', '2', '--windows', '2']
    const { fit, judge, layers } = await parsed(args, { 'c.json': STEPS })
    expect({ fit, judge }).toEqual({ fit: { from: 0, to: 0.5 }, judge: { from: 0.5, to: 1 } })
    const [{ maxLoad, maxLoadBefore, windows }] = layers
    expect({ maxLoad, maxLoadBefore }).toEqual({ maxLoad: 36, maxLoadBefore: 40 })
    // What the second half drifted: 7 of 12 selections would have to change experts.
    expect(windows).toEqual([
      { from: 0.5, to: 0.75, meanLoad: 12, maxLoadBefore: 18, maxLoad: 18, drift: expect.closeTo(7 / 12, 9) },
      { from: 0.75, to: 1, meanLoad: 12, maxLoadBefore: 18, maxLoad: 18, drift: expect.closeTo(7 / 12, 9) },
    ])
  })

  test('are made from what --fit says and judged on what --judge says', async () => {
    const args = ['c.json', '--devices', '2', '--slots', '2', '--windows', '1']
    const files = { 'c.json': STEPS }
    const { layers } = await parsed([...args, '--fit', '0.5..1', '--judge', '0..0.5'], files)
    expect(layers[0].windows).toMatchObject([{ from: 0, to: 0.5, meanLoad: 24 }])
    const { judge } = await parsed([...args, '--fit', '0..1'], files)
    expect(judge).toBeUndefined()
  })

  test('are not judged by what came before, or by what the placement was made from', async () => {
    const reasonFor = async (fit: string, judge: string) => {
      const args = ['c.json', '--devices', '2', '--slots', '2', '--fit', fit, '--judge', judge]
      return (await parsed(args, { 'c.json': STEPS })).verdict.reason
    }
    expect(await reasonFor('0..1', '0..1')).toContain('none of 8 windows lies after the part')
    expect(await reasonFor('0.5..1', '0..0.5')).toContain('none of 4 windows lies after the part')
    expect(await reasonFor('0..0.75', '0.5..1')).toContain('2 of 4 windows lie after the part')
    expect(await reasonFor('0..0.5', '0.5..1')).not.toContain('lie')
  })
})

describe('the table', () => {
  test('has loads before and after on both parts, and fits 80 columns', async () => {
    const { stdout } = await place(['c.json', '--devices', '2', '--slots', '2'], { 'c.json': STEPS })
    expect(stdout).toContain('judged on  50.0 % to 100.0 % of it, 4 windows')
    expect(stdout).toMatch(/layer {2}mean +before +after +before +after +\[%\]/)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('as CSV has a row for each layer and window', async () => {
    const args = ['c.json', '--devices', '2', '--slots', '2', '--windows', '2', '--format', 'csv']
    const { stdout } = await place(args, { 'c.json': STEPS })
    expect(stdout.split('\n')).toHaveLength(1 + 3 + 1)
    expect(stdout).toContain(
      'layer,window,from,to,mean_load,max_load_before,max_load,drift\n0,0,0,0.5,24,40,36,0\n',
    )
  })
})

/** 2 layers of a trace: 16 requests of 16 tokens, in which expert 0, on the first die, has every second selection. */
const TRACE = [
  'request,token,phase,layer,experts',
  ...Array.from({ length: 256 }, (_, i) =>
    [0, 1].map((layer) => `${i >> 4},${i & 15},prefill,${layer},0 ${1 + ((i * 5 + layer) % 7)}`),
  ).flat(),
  '',
].join('\n')
const TWO_LAYERS = `layers: 2
hidden: 8
expert_intermediate: 16
experts: 8
top_k: 2
weight_bytes: 1
activation_bytes: 1
`
const MACHINE = ['t.csv', '--hardware', 'small.yaml', '--model', 'two.yaml', '--slots', '3']

describe('on a machine', () => {
  const files = {
    't.csv': TRACE,
    'two.yaml': TWO_LAYERS,
    'small.yaml': SMALL.replace('1200 B', '1 MB')
      .replace('1 TFLOP/s', '1 GFLOP/s')
      .replace('kind: other, bandwidth: 1 GB/s', 'kind: other, bandwidth: 1 TB/s'),
  }

  test('simulates steps before and after and moving, and recommends what pays', async () => {
    const { verdict, machine } = await parsed([...MACHINE, '--tokens', '16'], files)
    expect(verdict).toMatchObject({ answer: 'recommend', measure: 'step time', horizonSteps: 1000 })
    expect(verdict.gain.mean).toBeGreaterThan(1.2)
    expect(verdict.breakEvenSteps.most).toBeLessThan(1000)
    expect(machine.steps).toMatchObject({ how: 'simulated', tokens: 16, layers: [0, 1] })
    expect(machine.steps.windows).toHaveLength(8)
    // 4 copies of 384 B in each of 2 layers, one on each die.
    expect(machine).toMatchObject({ copyBytes: 8 * 384, copyBytesPerDevice: 2 * 384 })
    expect(machine.moveBytes).toBe(384 * machine.moveExperts)
    expect(machine.linkBytes.after.busiestBytes).toBeLessThan(machine.linkBytes.before.busiestBytes)
  })

  test('says not now where moving is not paid back in time', async () => {
    const slow = {
      ...files,
      'small.yaml': files['small.yaml'].replace('bandwidth: 1 GB/s', 'bandwidth: 100 MB/s'),
    }
    const { verdict } = await parsed([...MACHINE, '--tokens', '16', '--horizon', '1'], slow)
    expect(verdict.answer).toBe('not now')
    expect(verdict.breakEvenSteps.fewest).toBeGreaterThan(1)
  })

  test('exits with 0 and says why, whatever the answer', async () => {
    const { stdout, exitCode } = await place([...MACHINE, '--windows', '2'], files)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('verdict    insufficient evidence: 2 later windows to judge it on')
  })

  test.each(['hops', 'pairs'])('%s needs to know the machine, and pairs the tokens', async (algorithm) => {
    const { layers, machine, algorithm: used } = await parsed([...MACHINE, '--algorithm', algorithm], files)
    expect(used).toBe(algorithm)
    expect(layers[0].pairs).toBe(algorithm === 'pairs' ? 'apart' : undefined)
    expect(machine.devicesPerToken.after).toBeGreaterThan(1)
    const alone = await place(['c.json', '--devices', '8', '--slots', '2', '--algorithm', algorithm])
    expect(alone.stderr).toContain(`the algorithm ${algorithm} needs to know the machine`)
    const counts = { ...files, 'c.json': '[[1,2,3,4,5,6,7,8],[1,2,3,4,5,6,7,8]]' }
    const args = ['c.json', ...MACHINE.slice(1), '--algorithm', algorithm]
    const { stderr, exitCode } = await place(args, counts)
    expect({ exitCode, isRefused: stderr.includes('which experts a token chose') }).toEqual({
      exitCode: algorithm === 'pairs' ? 2 : 0,
      isRefused: algorithm === 'pairs',
    })
  })

  test('estimates steps of counts that have no tokens', async () => {
    const counts = JSON.stringify({
      logical_count: Array.from({ length: 8 }, () => [
        [64, 8, 8, 8, 8, 8, 8, 8],
        [64, 8, 8, 8, 8, 8, 8, 8],
      ]),
    })
    const args = ['c.json', ...MACHINE.slice(1), '--windows', '4']
    const { machine, verdict } = await parsed(args, { ...files, 'c.json': counts })
    expect(machine.steps.how).toBe('estimated')
    expect(verdict.gain.mean).toBeGreaterThan(1)
  })
})

describe('--engine', () => {
  test('writes the placement to --output and prints the loads', async () => {
    const args = ['c.json', '--devices', '8', '--slots', '2', '--engine', 'sglang', '--output', 'map.json']
    const { io, stdout, exitCode } = await place(args)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Load of the fullest device')
    expect(JSON.parse(io.text('map.json')!).physical_to_logical_map[0]).toHaveLength(16)
  })

  test('without --output prints the placement alone', async () => {
    const { stdout } = await place(['c.json', '--devices', '8', '--slots', '2', '--engine', 'tensorrt-llm'])
    expect(stdout).toMatch(/^num_slots: 16\ninitial_global_assignments:\n {2}0: \[/)
  })

  test('and what it wrote is where experts lie now for --current', async () => {
    const first = await place(['c.json', '--devices', '8', '--slots', '2', '--engine', 'csv'])
    const files = { 'c.json': HOT_PAIR, 'map.csv': first.stdout }
    const args = ['c.json', '--devices', '8', '--slots', '2', '--current', 'map.csv']
    const { layers, before } = await parsed(args, files)
    expect(before).toBe('map.csv')
    expect(layers[0].maxLoadBefore).toBeCloseTo(590 / 3, 9)
  })
})

describe('refuses', () => {
  const refused = async (args: readonly string[], files?: Readonly<Record<string, string>>) => {
    const { stderr, stdout, exitCode } = await place(args, files)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    return stderr
  }
  const EIGHT = ['c.json', '--devices', '8', '--slots', '2']

  test('fewer slots than experts', async () => {
    expect(await refused(['c.json', '--devices', '2', '--slots', '2'])).toContain(
      'placing 8 experts needs a slot for each of them, 4 on each of 2 devices; available: 4 slots',
    )
  })

  test('hardware without a model, no devices, and both', async () => {
    expect(await refused(['c.json', '--slots', '2'])).toContain('--hardware NAME, or --devices N')
    expect(await refused(['c.json', '--hardware', 'dojo-5x5', '--slots', '2'])).toContain('name the model')
    expect(await refused([...EIGHT, '--hardware', 'dojo-5x5'])).toContain('leave --devices out')
  })

  test('unknown algorithms, parts that are none, options of other algorithms', async () => {
    expect(await refused([...EIGHT, '--algorithm', 'jont'])).toContain('did you mean "joint"?')
    expect(await refused([...EIGHT, '--fit', '0.5..0.2'])).toContain('--fit must be a part such as 0..0.5')
    expect(await refused([...EIGHT, '--nodes', '2'])).toContain('go with the algorithm eplb')
    expect(await refused([...EIGHT, '--time', '1 s'])).toContain('goes with the algorithm optimal')
    expect(await refused([...EIGHT, '--algorithm', 'eplb', '--nodes', '2'])).toContain('give --groups N')
    expect(await refused([...EIGHT, '--slots', '0'])).toContain('--slots must be a whole number')
  })

  test('what belongs to a machine without one, and schedulers that are no ep', async () => {
    expect(await refused([...EIGHT, '--tokens', '8'])).toContain('--tokens goes with --hardware')
    const args = [...MACHINE, '--scheduler', 'hydra']
    expect(await refused(args)).toContain('--scheduler must be ep and its options')
  })

  test('a cut of counts that are one sum', async () => {
    expect(await refused([...EIGHT, '--judge', '0.5..1'])).toContain('these counts are one sum')
  })

  test('counts that are broken or of another model', async () => {
    const bad = (text: string) => refused(EIGHT, { 'c.json': text })
    expect(await bad('{"logical_count": [[1,2],[1]]}')).toContain('1 experts, the first row has 2')
    expect(await bad('{"logical_count": [[1,-2]]}')).toContain('the count of expert 1 must be a number >= 0')
    expect(await bad('{"logical_count": [[0,0]]}')).toContain('all counts are 0')
    expect(await bad('{"logical_count": [[1,2')).toContain('not valid JSON')
    const files = { 'c.json': '{"logical_count": [[1,2,3]]}', 'tiny.yaml': TINY }
    expect(await refused([...EIGHT, '--model', 'tiny.yaml'], files)).toContain('3 experts, model tiny has 8')
  })

  test('copies that the memory has no room for, with bytes', async () => {
    const files = { 'c.json': HOT_PAIR, 'tiny.yaml': TINY, 'small.yaml': SMALL }
    const args = ['c.json', '--hardware', 'small.yaml', '--model', 'tiny.yaml', '--slots']
    // An expert has 3 * 8 * 16 = 384 B; 2 home experts and 2 copies are 1,536 B of 1,200 B.
    expect(await refused([...args, '4'], files)).toMatch(
      /needs 1\.54 kB on a die; available: 1\.2 kB .*make fewer copies than 2 per die/,
    )
    const { layers } = await parsed([...args, '3'], files)
    expect(layers[0].devices).toHaveLength(4)
  })
})
