// Runs whose experts lie where a file says: `ep:placement=FILE`.
import { expect, test } from 'vitest'
import { memoryIo } from '../../helpers/memory-io.ts'
import { runCli } from '../../helpers/run-cli.ts'

const MODEL = `layers: 2
moe_layers: [1]
hidden: 64
expert_intermediate: 128
experts: 8
top_k: 2
weight_bytes: 1
activation_bytes: 1
`
/** Dies are counted down columns: experts 0 and 1 on die 0, then 2 and 3 on die 2. */
const HARDWARE = `topology: {kind: mesh, columns: 2, rows: 2, numbering: column-major}
link: {bandwidth: 1 GB/s, latency: 1 ns, duplex: full, sharing: fair}
compute: {model: ideal, peak: 1 TFLOP/s}
sram: unlimited
memory: {kind: other, bandwidth: 1 GB/s, latency: 0 ns, efficiency: 1, capacity: 100 kB, channels: all, shared: false}
activations: memory
`
const EXPERIMENT = `hardware: hardware.yaml
model: model.yaml
workload: {tokens: 64}
generator: {prefill_tokens: 64, decode_tokens: 0}
schedulers: [ep, "ep:placement=maps/map.json"]
`
const FILES = {
  'lab/model.yaml': MODEL,
  'lab/hardware.yaml': HARDWARE,
  'lab/experiment.yaml': EXPERIMENT,
  'lab/maps/map.json': '{"physical_to_logical_map": [[0,1,2,3,4,5,6,7]]}',
}

async function run(files: Readonly<Record<string, string>>) {
  const io = memoryIo({ ...FILES, ...files }, 1 << 16)
  return runCli(['run', 'lab/experiment.yaml', '--format', 'json', '--quiet'], { io })
}

async function resultOf(files: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr, exitCode } = await run(files)
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  return JSON.parse(stdout)
}

test('a map of blocks in id order is the contiguous placement', async () => {
  const { results } = await resultOf()
  const [contiguous, mapped] = results
  expect(mapped.id).toBe('ep:placement=maps/map.json')
  expect(mapped.metrics.latency).toEqual(contiguous.metrics.latency)
  expect(mapped.metrics.d2dByteHops).toEqual(contiguous.metrics.d2dByteHops)
})

test('copies share the tokens of their expert and take memory', async () => {
  const map = '{"physical_to_logical_map": [[0,1,4,2,3,0,4,5,0,6,7,0]]}'
  const { results } = await resultOf({ 'lab/maps/map.json': map })
  const [contiguous, mapped] = results
  expect(mapped.metrics.replicas.value).toBe(4)
  expect(mapped.metrics.latency.value).not.toBe(contiguous.metrics.latency.value)
})

test('the result names the file and its hash, and its config hash moves with what is in it', async () => {
  const first = await resultOf()
  const other = await resultOf({ 'lab/maps/map.json': '{"physical_to_logical_map": [[1,0,2,3,4,5,6,7]]}' })
  expect(first.experiment.schedulers[1].placement).toEqual({
    file: 'map.json',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(first.experiment.schedulers[1].placement).not.toHaveProperty('map')
  expect(other.configSha256).not.toBe(first.configSha256)
})

test('a map that is missing, of another model, or larger than the memory is refused', async () => {
  const refusal = async (map: string) => {
    const { stderr, exitCode } = await run({ 'lab/maps/map.json': map })
    expect(exitCode).toBe(2)
    return stderr
  }
  expect(await refusal('{"physical_to_logical_map": [[0,1,2,3]]}')).toContain(
    'expert 4 of model model lies on no device',
  )
  expect(await refusal('{"physical_to_logical_map": [[0,0,2,3,4,5,6,7,1,1,1,1]]}')).toContain(
    'lab/maps/map.json:1:33 error: layer 1: expert 0 lies twice on device 0',
  )
  // An expert has 24,576 B: five of them are more than 100 kB.
  const five = Array.from({ length: 4 }, (_, device) =>
    [0, 1, 2, 3, 4].map((i) => (2 * device + i) % 8),
  ).flat()
  expect(await refusal(`{"physical_to_logical_map": [[${five}]]}`)).toContain('needs 123 kB on a die')
  const io = memoryIo(
    { ...FILES, 'lab/experiment.yaml': EXPERIMENT.replace('map.json', 'other.json') },
    1 << 16,
  )
  const { stderr } = await runCli(['run', 'lab/experiment.yaml'], { io })
  expect(stderr).toContain('lab/maps/other.json error: cannot read: there is no such file')
})
