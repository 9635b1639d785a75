// Hardware that differs in one thing.
import { expect, it } from 'vitest'
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import { peakFlopPerPs } from '../../src/hardware/compute.ts'
import { RESOURCES, withMore, withoutSramLimit, withoutStartup } from '../../src/whatif/hardware.ts'
import { bundledFiles, bundledIo } from '../config/bundled-io.ts'

const all = await Promise.all(
  bundledFiles
    .filter(({ folder }) => folder === 'hardware')
    .map(({ name }) => loadHardware(bundledIo(), name)),
)

it.each(all)('more of a resource of $name changes that one alone', (hardware) => {
  const amounts = (one: typeof hardware) => ({
    memory: one.memory.bytesPerPs,
    links: one.link.bytesPerPs,
    compute: peakFlopPerPs(one.compute),
    sram: one.sramBytes,
  })
  for (const resource of RESOURCES) {
    const changed = amounts(withMore(hardware, resource, 2))
    expect(changed).toEqual({ ...amounts(hardware), [resource]: 2 * amounts(hardware)[resource] })
  }
})

it('a systolic array is faster by its clock, a way out of a node by its bandwidth', () => {
  const [base] = all
  const compute = {
    kind: 'systolic',
    rows: 4,
    columns: 4,
    clockPs: 1000,
    dataflow: 'ws',
    doubleBuffered: true,
  } as const
  const outer = { latencyPs: 1, messagePs: 1, payloadBytesPerPs: 0.5 }
  const hardware = { ...base!, compute, link: { ...base!.link, outer } }
  expect(withMore(hardware, 'compute', 2).compute).toEqual({ ...compute, clockPs: 500 })
  expect(withMore(hardware, 'links', 2).link.outer).toEqual({ ...outer, payloadBytesPerPs: 1 })
})

it.each(all)('$name without start-ups and limits keeps its rates', (hardware) => {
  const { memory, link, llc, compute, sramBytes } = withoutSramLimit(withoutStartup(hardware))
  expect([memory.latencyPs, link.latencyPs, link.requestBytes, link.startup]).toEqual([0, 0, 0, undefined])
  expect([llc?.hitPs ?? 0, llc?.missPs ?? 0, llc?.writePs ?? 0, sramBytes]).toEqual([0, 0, 0, Infinity])
  expect(memory.bytesPerPs).toBe(hardware.memory.bytesPerPs)
  expect(link.bytesPerPs).toBe(hardware.link.bytesPerPs)
  expect(peakFlopPerPs(compute)).toBe(peakFlopPerPs(hardware.compute))
})
