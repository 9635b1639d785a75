// Fields of configs: what each lets through, to the edge of it; and times, which become whole picoseconds here and nowhere else.
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { experimentSchema } from '../../src/config/experiment/schema.ts'
import {
  choice,
  flag,
  idList,
  known,
  name,
  plainNumber,
  plainValue,
  quantities,
  quantity,
  sizeOrUnlimited,
  wholeNumber,
} from '../../src/config/fields.ts'
import { readHardware } from '../../src/config/hardware/hardware.ts'
import { hardwareSchema } from '../../src/config/hardware/schema.ts'
import { openConfig } from '../../src/config/library.ts'
import { modelSchema } from '../../src/config/model/schema.ts'
import { viewOf } from '../../src/config/view.ts'
import { type Dimension, exampleQuantity } from '../../src/units.ts'
import { runCli } from '../helpers/run-cli.ts'
import { bundledIo } from './bundled-io.ts'

const document = await openConfig(bundledIo(), 'hardware', 'fse-dp-2x2')
const latencyPs = (value: string) => {
  const override = { path: ['link', 'latency'], value, label: '--set', written: value }
  return readHardware(viewOf(document, [override]), 'chip', undefined).link.latencyPs
}

test.each([
  ['3.3333 ns', 3334],
  ['0.1 ps', 1],
  ['0 ns', 0],
  ['4 ns', 4000],
  // 0.57 * 1000 and 1.1 * 1e6 are no whole numbers in binary.
  ['0.57 ns', 570],
  ['1.1 us', 1_100_000],
])('%s is %i ps', (text, ps) => {
  expect(latencyPs(text)).toBe(ps)
})

const parts = ['link.latency', 'memory.latency', 'link.startup.message', 'link.startup.exchange']

test.each(parts)('a run whose %s is no whole number of picoseconds runs', async (key) => {
  const argv = ['run', '--layers', 'sample:1', '--tokens', '4', '--set', `hardware.${key}=3.33333 ns`]
  const { exitCode, stderr } = await runCli([...argv, '--scheduler', 'fse-dp', '--quiet'])
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

test.each(['forecast-prefetch:planning=0.33333', 'fse-dp:decision=0.00001', 'fse-dp:control=3.3333'])(
  '%s is rounded up as well',
  async (scheduler) => {
    const argv = ['run', '--layers', 'sample:1', '--tokens', '4', '--scheduler', scheduler, '--quiet']
    expect((await runCli(argv)).exitCode).toBe(0)
  },
)

/** What comes of each value: what is read, or the finding. */
const readings = (schema: z.ZodType, values: readonly unknown[]): unknown[] =>
  values.map((value) => {
    const { success, data, error } = schema.safeParse(value)
    return success ? data : `! ${error.issues[0]!.message}`
  })

/** Whether each of the values is let through. */
const areFine = (schema: z.ZodType, values: readonly unknown[]) =>
  values.map((value) => schema.safeParse(value).success)

describe('a quantity', () => {
  test.each<[Dimension, string, string, string, string]>([
    ['time', '1 ps', '1 s', '0 ns', '1.01 s'],
    ['size', '0.001 B', '1000 PB', '-1 B', '1001 PB'],
    ['bandwidth', '1 kB/s', '1000 PB/s', '0.9 kB/s', '1001 PB/s'],
    ['rate', '1 kFLOP/s', '1000000000 PFLOP/s', '0.9 kFLOP/s', '1000000001 PFLOP/s'],
    ['frequency', '1 kHz', '1000 GHz', '0.9 kHz', '1001 GHz'],
    ['energy', '0.000001 pJ', '1 mJ', '0.0000009 pJ', '1.01 mJ'],
    ['energyPerByte', '0.001 fJ/B', '1000000 nJ/B', '0.0009 fJ/B', '1000001 nJ/B'],
    ['power', '0.001 mW', '1000000 W', '0.0009 mW', '1000001 W'],
    ['area', '0.000001 mm2', '1000000 mm2', '0.0000009 mm2', '1000001 mm2'],
  ])('of kind %s is from %s to %s', (dimension, least, most, less, more) => {
    const field = quantity(dimension, true)
    expect(areFine(field, [least, most])).toEqual([true, true])
    expect(areFine(field, [less, more])).toEqual([false, false])
  })

  test('may be nothing where it need not be positive, and says what it may be', () => {
    expect(readings(quantity('time', false), ['0 ns', '0.5 ps', '-1 ns'])).toEqual([
      ...[0, 1, expect.stringMatching(/^! a time/)],
    ])
    const [zero, beyond, text] = readings(quantity('bandwidth', true), ['0 GB/s', '1 B/s', 'fast'])
    expect(zero).toMatch(/^! more than zero: a bandwidth/)
    expect(beyond).toMatch(/^! from 1 kB\/s to 1,?000 PB\/s: a bandwidth/)
    expect(text).toMatch(/^! a bandwidth/)
  })
})

test('a size is whole bytes from the smallest on, or unlimited', () => {
  expect(readings(sizeOrUnlimited(2), ['2 B', '1.5 B', '3.4 B', '1000 PB', 'unlimited'])).toEqual([
    ...[2, 2, 3, 1e18, Number.POSITIVE_INFINITY],
  ])
  const [small, large, word] = readings(sizeOrUnlimited(2), ['1.4 B', '1001 PB', 'none'])
  for (const one of [small, large]) expect(one).toMatch(/^! a size from 2 B to 1,?000 PB: a size.*unlimited/)
  expect(word).toMatch(/^! a size with its unit.*unlimited/)
})

test('numbers, flags, choices and names are what they say, to the edge', () => {
  expect(areFine(wholeNumber(2, 5), [2, 5, 1, 6, 2.5, '3'])).toEqual([true, true, false, false, false, false])
  expect(areFine(plainNumber(0, 1), [0, 1, -0.1, 1.1, '1'])).toEqual([true, true, false, false, false])
  expect(areFine(plainNumber(0, 1, true), [0, 0.1, 1, 1.1])).toEqual([false, true, true, false])
  expect(readings(plainNumber(0, 1, true), [0])).toEqual(['! a number above 0, at most 1'])
  expect(readings(plainNumber(0, 1), [2])).toEqual(['! a number from 0 to 1'])
  expect(areFine(flag(), [true, false, 'true'])).toEqual([true, true, false])
  expect(readings(choice(['a', 'b']), ['a', 'c'])).toEqual(['a', '! one of a, b'])
  expect(areFine(name('a name'), ['x', '', 'x'.repeat(500), 'x'.repeat(501)])).toEqual([
    ...[true, false, true, false],
  ])
  expect(areFine(idList(3, 'ids'), [[0], [2, 0, 1], [], [3], [-1], [0, 1, 2, 2]])).toEqual([
    ...[true, true, false, false, false, false],
  ])
})

test('a constant says how it is known, in exactly one way, and of a fit on what rows', () => {
  const on = 'the rows'
  const field = known(wholeNumber(1, 9))
  expect(readings(field, [{ published: 1 }, { fitted: 2, on }, { assumed: 9 }])).toEqual([
    { basis: 'published', value: 1 },
    { basis: 'fitted', value: 2, on },
    { basis: 'assumed', value: 9 },
  ])
  const wrong = [{}, { published: 1, assumed: 1 }, { fitted: 2 }, { published: 1, on }, { assumed: 10 }, 3]
  expect(areFine(field, wrong)).toEqual(wrong.map(() => false))
  expect(readings(field, wrong.slice(0, 2))).toEqual(
    Array(2).fill(expect.stringMatching(/^! exactly one of/)),
  )
  expect(readings(field, wrong.slice(2, 4))).toEqual(
    Array(2).fill(expect.stringMatching(/^! fitted together/)),
  )
  expect([plainValue({ basis: 'assumed' as const, value: 4 }), plainValue(5)]).toEqual([4, 5])
})

/** Every quantity below a schema, by its path. */
function quantitiesOf(schema: z.core.$ZodType, path: string): [string, z.ZodType][] {
  if (quantities.get(schema)?.dimension !== undefined) return [[path, schema as z.ZodType]]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return quantitiesOf(schema.unwrap(), path)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => quantitiesOf(option, path))
  if (schema instanceof z.ZodArray) return quantitiesOf(schema.element, `${path}[]`)
  if (schema instanceof z.ZodTuple) return schema.def.items.flatMap((item) => quantitiesOf(item, `${path}[]`))
  if (schema instanceof z.ZodRecord) return quantitiesOf(schema.valueType, `${path}.*`)
  if (schema instanceof z.ZodPipe) return quantitiesOf(schema.in, path)
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).flatMap(([key, field]) => quantitiesOf(field, `${path}.${key}`))
}

test('these quantities may be nothing, and those may not', () => {
  const all = [
    ...quantitiesOf(hardwareSchema, 'hardware'),
    ...quantitiesOf(modelSchema, 'model'),
    ...quantitiesOf(experimentSchema, 'experiment'),
  ]
  const lines = all.map(([path, schema]) => {
    const { dimension } = quantities.get(schema)!
    const nothing = exampleQuantity(dimension).replace(/^\S+/, '0')
    return `${schema.safeParse(nothing).success ? 'from 0 ' : 'above 0'} ${path}`
  })
  expect([...new Set(lines)].sort()).toMatchInlineSnapshot(`
    [
      "above 0 hardware.area.buffer",
      "above 0 hardware.area.compute",
      "above 0 hardware.area.compute_rate",
      "above 0 hardware.area.limit",
      "above 0 hardware.area.link_module",
      "above 0 hardware.area.link_module_bandwidth",
      "above 0 hardware.compute.clock",
      "above 0 hardware.compute.fitted_range.weights[]",
      "above 0 hardware.compute.formats[].inputs",
      "above 0 hardware.compute.formats[].peak.assumed",
      "above 0 hardware.compute.formats[].peak.fitted",
      "above 0 hardware.compute.formats[].peak.published",
      "above 0 hardware.compute.formats[].weights",
      "above 0 hardware.compute.peak",
      "above 0 hardware.energy.idle",
      "above 0 hardware.energy.link",
      "above 0 hardware.energy.mac",
      "above 0 hardware.energy.memory",
      "above 0 hardware.energy.sram",
      "above 0 hardware.link.bandwidth",
      "above 0 hardware.link.router.buffer",
      "above 0 hardware.link.router.ejection",
      "above 0 hardware.link.router.flit",
      "above 0 hardware.link.router.injection",
      "above 0 hardware.link.router.packet",
      "above 0 hardware.llc.capacity",
      "above 0 hardware.memory.bandwidth",
      "above 0 hardware.memory.capacity",
      "above 0 hardware.memory.tiers[].bandwidth",
      "above 0 hardware.memory.tiers[].bandwidth.assumed",
      "above 0 hardware.memory.tiers[].bandwidth.fitted",
      "above 0 hardware.memory.tiers[].bandwidth.published",
      "above 0 hardware.memory.tiers[].capacity",
      "above 0 hardware.memory.tiers[].compute.bandwidth",
      "above 0 hardware.memory.tiers[].compute.bandwidth.assumed",
      "above 0 hardware.memory.tiers[].compute.bandwidth.fitted",
      "above 0 hardware.memory.tiers[].compute.bandwidth.published",
      "above 0 hardware.memory.tiers[].compute.peak",
      "above 0 hardware.memory.tiers[].energy",
      "above 0 hardware.memory.tiers[].link.bandwidth",
      "above 0 hardware.memory.tiers[].link.bandwidth.assumed",
      "above 0 hardware.memory.tiers[].link.bandwidth.fitted",
      "above 0 hardware.memory.tiers[].link.bandwidth.published",
      "above 0 hardware.nodes.bandwidth",
      "above 0 hardware.power.compute",
      "above 0 hardware.power.compute_rate",
      "above 0 hardware.power.limit",
      "above 0 hardware.power.link",
      "above 0 hardware.power.memory",
      "above 0 hardware.sram",
      "above 0 hardware.topology.links[].bandwidth",
      "from 0  hardware.compute.fill.assumed",
      "from 0  hardware.compute.fill.fitted",
      "from 0  hardware.compute.fill.published",
      "from 0  hardware.compute.startup.assumed",
      "from 0  hardware.compute.startup.fitted",
      "from 0  hardware.compute.startup.published",
      "from 0  hardware.link.latency",
      "from 0  hardware.link.request",
      "from 0  hardware.link.router.credit",
      "from 0  hardware.link.router.delay",
      "from 0  hardware.link.router.startup",
      "from 0  hardware.link.startup.exchange",
      "from 0  hardware.link.startup.exchange.assumed",
      "from 0  hardware.link.startup.exchange.fitted",
      "from 0  hardware.link.startup.exchange.published",
      "from 0  hardware.link.startup.message",
      "from 0  hardware.link.startup.message.assumed",
      "from 0  hardware.link.startup.message.fitted",
      "from 0  hardware.link.startup.message.published",
      "from 0  hardware.llc.hit",
      "from 0  hardware.llc.miss",
      "from 0  hardware.llc.write",
      "from 0  hardware.memory.latency",
      "from 0  hardware.memory.tiers[].compute.handover",
      "from 0  hardware.memory.tiers[].compute.handover.assumed",
      "from 0  hardware.memory.tiers[].compute.handover.fitted",
      "from 0  hardware.memory.tiers[].compute.handover.published",
      "from 0  hardware.memory.tiers[].compute.startup",
      "from 0  hardware.memory.tiers[].compute.startup.assumed",
      "from 0  hardware.memory.tiers[].compute.startup.fitted",
      "from 0  hardware.memory.tiers[].compute.startup.published",
      "from 0  hardware.memory.tiers[].latency",
      "from 0  hardware.memory.tiers[].link.latency",
      "from 0  hardware.memory.tiers[].startup",
      "from 0  hardware.memory.tiers[].startup.assumed",
      "from 0  hardware.memory.tiers[].startup.fitted",
      "from 0  hardware.memory.tiers[].startup.published",
      "from 0  hardware.nodes.latency",
      "from 0  hardware.nodes.startup.message",
      "from 0  hardware.nodes.startup.message.assumed",
      "from 0  hardware.nodes.startup.message.fitted",
      "from 0  hardware.nodes.startup.message.published",
      "from 0  hardware.operations.startup",
      "from 0  hardware.operations.startup.assumed",
      "from 0  hardware.operations.startup.fitted",
      "from 0  hardware.operations.startup.published",
    ]
  `)
})
