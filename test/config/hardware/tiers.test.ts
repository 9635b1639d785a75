// memory.tiers of a hardware file: read in base units, and refused where they are out of order.
import { expect, it } from 'vitest'
import { loadHardware } from '../../../src/config/hardware/hardware.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const file = (tiers: string, memory = 'shared: false', dies = 1) => `
topology: {kind: crossbar, dies: ${dies}}
link: {bandwidth: 32 GB/s, latency: 1 us, sharing: fair}
compute: {model: ideal, peak: 165 TFLOP/s}
sram: 72 MB
memory: {kind: other, bandwidth: 1 TB/s, latency: 1 ns, efficiency: 0.9, capacity: 24 GB, ${memory}, tiers: ${tiers}}
activations: memory
`
const HOST = 'name: host, capacity: 512 GB, bandwidth: 300 GB/s, shared: true'
const load = (text: string) => loadHardware(memoryIo({ 'made.yaml': text }), 'made.yaml')

it('give the rate of the slower of memory and way, and both latencies', async () => {
  const compute = 'compute: {peak: 2 TFLOP/s, startup: {fitted: 20 us, on: rows}, handover: 5 us}'
  const { memory, constants } = await load(
    file(
      `[{${HOST}, efficiency: 0.5, latency: 100 ns, startup: 10 us, link: {kind: pcie, bandwidth: 25 GB/s, latency: 1 us}, ${compute}}]`,
    ),
  )
  expect(memory.tiers).toMatchObject([
    {
      ...{ name: 'host', capacityBytes: 512e9, shared: true, bytesPerPs: 0.025, latencyPs: 1_100_000 },
      ...{ startupPs: 10_000_000, way: 'pcie' },
      compute: { flopPerPs: 2, bytesPerPs: 0.15, startupPs: 20_000_000, handoverPs: 5_000_000 },
    },
  ])
  expect(constants).toEqual([{ name: 'memory.tiers[host].compute.startup', basis: 'fitted', on: 'rows' }])
})

const tierOf = (capacity: string, bandwidth: string, shared: boolean) =>
  `[{name: host, capacity: ${capacity}, bandwidth: ${bandwidth}, shared: ${shared}, link: {kind: pcie, bandwidth: 2 TB/s}}]`

it('may be as large and as fast as the memory of all dies in front of them, together', async () => {
  // Two dies with 24 GB each.
  await load(file(tierOf('48 GB', '1 TB/s', true), undefined, 2))
  await load(file(tierOf('24 GB', '1 TB/s', false), undefined, 2))
  await expect(load(file(tierOf('47 GB', '1 TB/s', true), undefined, 2))).rejects.toThrow(
    'host holds 47 GB, less than memory in front of it (48 GB)',
  )
  await expect(load(file(tierOf('23 GB', '1 TB/s', false), undefined, 2))).rejects.toThrow(
    'host holds 46 GB, less than memory in front of it (48 GB)',
  )
})

it.each([
  [
    'a tier smaller than the memory',
    file(
      '[{name: host, capacity: 8 GB, bandwidth: 300 GB/s, shared: true, link: {kind: pcie, bandwidth: 25 GB/s}}]',
    ),
    'tiers out of order: host holds 8 GB, less than memory in front of it (24 GB)',
  ],
  [
    'a tier faster than the one in front of it',
    file(
      `[{${HOST}, link: {kind: pcie, bandwidth: 25 GB/s}}, {name: far, capacity: 1 TB, bandwidth: 90 GB/s, shared: true, link: {kind: cxl, bandwidth: 64 GB/s}}]`,
    ),
    'tiers out of order: far brings 64 GB/s, more than host in front of it (25 GB/s)',
  ],
  [
    'two tiers of one name',
    file(
      `[{${HOST}, link: {kind: pcie, bandwidth: 25 GB/s}}, {${HOST}, link: {kind: pcie, bandwidth: 25 GB/s}}]`,
    ),
    'two tiers are called host',
  ],
  [
    'tiers beyond memory that dies share',
    file(`[{${HOST}, link: {kind: pcie, bandwidth: 25 GB/s}}]`, 'shared: true', 2),
    'tiers beyond a memory that all dies share',
  ],
  ['no tier', file('[]'), 'one memory at least'],
])('refuse %s', async (_, text, message) => {
  await expect(load(text)).rejects.toThrow(message)
})
