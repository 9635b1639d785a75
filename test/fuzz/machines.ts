// Random experiments that are valid, as far as one can say without running them: hardware, model, workload, schedulers.
import fc from 'fast-check'
import type { OptionSpec } from '../../src/schedulers/options.ts'
import { presets, schedulers } from '../../src/schedulers/table.ts'

/** Evenly over magnitudes. */
const magnitude = (low: number, high: number) =>
  fc
    .double({ min: Math.log2(low), max: Math.log2(high), noNaN: true })
    .map((exponent) => Number((2 ** exponent).toPrecision(4)))
const quantity = (low: number, high: number, unit: string) =>
  magnitude(low, high).map((value) => `${value} ${unit}`)
const timeNs = (most: number) =>
  fc.oneof(
    fc.constant('0 ns'),
    fc.integer({ min: 1, max: most }).map((ns) => `${ns} ns`),
  )
const optional = <T>(key: string, values: fc.Arbitrary<T>) =>
  fc.option(values, { nil: undefined }).map((value) => (value === undefined ? {} : { [key]: value }))
/** Several mappings as one. */
const joined = (...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<Readonly<Record<string, unknown>>> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all))

const side = fc.integer({ min: 1, max: 3 })
const dies = fc.integer({ min: 1, max: 9 })
const numbering = fc.constantFrom('row-major', 'column-major')

interface Shape {
  readonly topology: object
  readonly dies: number
}

const shapes: fc.Arbitrary<Shape> = fc.oneof(
  fc
    .record({ kind: fc.constantFrom('mesh', 'torus'), columns: side, rows: side, numbering })
    .map((topology) => ({ topology, dies: topology.columns * topology.rows })),
  fc
    .record({
      kind: fc.constantFrom('mesh-3d', 'torus-3d'),
      columns: side,
      rows: side,
      layers: fc.integer({ min: 1, max: 2 }),
    })
    .map((topology) => ({ topology, dies: topology.columns * topology.rows * topology.layers })),
  fc
    .record({ kind: fc.constantFrom('ring', 'crossbar'), dies })
    .map((topology) => ({ topology, dies: topology.dies })),
  fc
    .record({ kind: fc.constant('ring-of-rings'), rings: side, dies_per_ring: side })
    .map((topology) => ({ topology, dies: topology.rings * topology.dies_per_ring })),
  // A tree: each die but the first hangs on one before it.
  fc.array(fc.nat(), { maxLength: 7 }).map((parents) => ({
    topology: {
      ...{ kind: 'custom', dies: parents.length + 1 },
      links: parents.map((parent, i) => [parent % (i + 1), i + 1]),
    },
    dies: parents.length + 1,
  })),
)

const links = joined(
  fc.record({
    ...{ bandwidth: quantity(1, 2000, 'GB/s'), latency: timeNs(1000) },
    ...{ sharing: fc.constantFrom('routers', 'fair', 'circuit'), duplex: fc.constantFrom('full', 'half') },
  }),
  optional('efficiency', fc.constantFrom(0.5, 0.9)),
  optional('request', fc.constantFrom('16 B', '64 B')),
  optional('startup', joined(optional('message', timeNs(2000)), optional('exchange', timeNs(5000)))),
)

const peak = quantity(0.1, 1000, 'TFLOP/s')
const computes = fc.oneof(
  fc.record({ model: fc.constant('ideal'), peak }),
  fc.record({
    ...{ model: fc.constant('table'), peak },
    utilization: fc.constantFrom<object>(
      { default: { more: 0.5 } },
      { default: { 4: 0.1, 16: 0.4, more: 0.6 } },
      { default: { 8: 0.5, more: 0.3 } },
    ),
  }),
  fc.record({
    ...{
      model: fc.constant('systolic'),
      rows: fc.constantFrom(4, 16, 128),
      columns: fc.constantFrom(4, 16, 128),
    },
    ...{
      clock: quantity(0.2, 2, 'GHz'),
      dataflow: fc.constantFrom('ws', 'os', 'is'),
      double_buffered: fc.boolean(),
    },
  }),
)

const memories = (timed: boolean) =>
  joined(
    fc.record({
      ...{
        kind: fc.constantFrom('DDR3-1600', 'DDR4-3200', 'HBM2', 'HBM3'),
        access: fc.constantFrom('pipelined', 'serial'),
      },
      ...{
        bandwidth: quantity(25.6, 2000, 'GB/s'),
        capacity: fc.constant('unlimited'),
        shared: fc.boolean(),
      },
    }),
    timed
      ? joined(optional('efficiency', fc.constantFrom(0.6, 1)), optional('latency', timeNs(500)))
      : fc.record({ efficiency: fc.constantFrom(0.6, 1), latency: timeNs(500) }),
  )

const chips = fc.oneof(
  fc.constant({ sram: 'unlimited' }),
  quantity(64, 20_000, 'kB').map((sram) => ({ sram })),
  fc
    .record({ ways: fc.constantFrom(1, 4, 16), hit: timeNs(100), miss: timeNs(100), write: timeNs(50) })
    .chain((llc) => quantity(64, 8000, 'kB').map((capacity) => ({ llc: { ...llc, capacity } }))),
)

const hardwareOf = (timed: boolean) =>
  shapes.chain(({ topology, dies: count }) => {
    const channels = fc.oneof(
      fc.constant('all'),
      fc.shuffledSubarray([...Array(count).keys()], { minLength: 1 }),
    )
    const memory = fc.tuple(memories(timed), channels).map(([rest, which]) => ({ ...rest, channels: which }))
    return joined(
      fc.record({ topology: fc.constant(topology), link: links, compute: computes, memory }),
      chips,
      fc.record({ activations: fc.constantFrom('sram', 'memory') }),
    )
  })

const models = fc
  .record({ experts: fc.integer({ min: 1, max: 24 }), topK: fc.integer({ min: 1, max: 4 }) })
  .chain(({ experts, topK }) =>
    joined(
      fc.record({
        ...{
          layers: fc.integer({ min: 1, max: 3 }),
          hidden: fc.constantFrom(48, 64, 256),
          experts: fc.constant(experts),
        },
        ...{ expert_intermediate: fc.constantFrom(32, 96, 200), top_k: fc.constant(Math.min(topK, experts)) },
        ...{ weight_bytes: fc.constantFrom(0.5, 1, 2, 0.5625), activation_bytes: fc.constantFrom(1, 2) },
        ...{ shared_experts: fc.nat(1), expert_matrices: fc.constantFrom(2, 3) },
        attention: fc.constant({ kind: 'gqa', heads: 4, kv_heads: 2, head_dim: 16 }),
      }),
    ),
  )

const workloads = fc.oneof(
  joined(
    fc.record({ tokens: fc.integer({ min: 1, max: 48 }), iterations: fc.integer({ min: 1, max: 3 }) }),
    optional('concurrent', fc.integer({ min: 1, max: 5 })),
  ),
  fc.record({
    requests: fc.integer({ min: 1, max: 5 }),
    decode_steps: fc.constantFrom<unknown>(0, 1, 3, 'all'),
  }),
)

const generators = joined(
  fc.record({
    prefill_tokens: fc.integer({ min: 1, max: 8 }),
    decode_tokens: fc.integer({ min: 0, max: 4 }),
  }),
  optional('skew', fc.double({ min: 0, max: 3, noNaN: true })),
  optional('reuse', fc.double({ min: 0, max: 1, noNaN: true })),
  optional('drift', fc.double({ min: 0, max: 1, noNaN: true })),
)

/** Any value, within what is usual for numbers. */
function optionValues(spec: OptionSpec): fc.Arbitrary<unknown> {
  if (spec.type === 'boolean') return fc.boolean()
  if (spec.type === 'enum') return fc.constantFrom(...spec.values)
  if (spec.type === 'size') return fc.constantFrom('room', '0 B', '40 kB', '3 MiB')
  const most = Math.min(spec.max, spec.min + 40)
  return spec.type === 'integer'
    ? fc.oneof(fc.integer({ min: spec.min, max: most }), fc.constant(spec.max))
    : fc.oneof(fc.integer({ min: Math.ceil(spec.min), max: Math.floor(most) }), fc.constant(spec.max))
}

/** As on the command line, with up to three options. */
export const schedulerTexts: fc.Arbitrary<string> = fc
  .constantFrom(...Object.keys(schedulers), ...Object.keys(presets))
  .chain((name) => {
    const { options } = schedulers[presets[name]?.scheduler ?? name]!
    const some = fc.shuffledSubarray(Object.keys(options), {
      maxLength: Math.min(3, Object.keys(options).length),
    })
    return some.chain((keys) =>
      fc
        .tuple(...keys.map((key) => optionValues(options[key]!).map((value) => `${key}=${String(value)}`)))
        .map((texts) => (texts.length === 0 ? name : `${name}:${texts.join(',')}`)),
    )
  })

export interface MachineCase {
  /** A whole experiment file. */
  readonly experiment: Readonly<Record<string, unknown>>
}

const casesOf = (timed: boolean, lists: fc.Arbitrary<readonly string[]>): fc.Arbitrary<MachineCase> =>
  joined(
    fc.record({ hardware: hardwareOf(timed), model: models, workload: workloads, generator: generators }),
    fc.record({ schedulers: lists, seed: fc.nat(1000) }),
    optional('end_to_end', fc.record({ context: fc.integer({ min: 1, max: 5000 }) })),
    fc.constantFrom({}, {}, {}, { compat: 'paper' }),
  ).map((experiment) => ({ experiment }))

export const machines: fc.Arbitrary<MachineCase> = casesOf(
  true,
  fc.uniqueArray(schedulerTexts, { minLength: 1, maxLength: 3 }),
)

/** Without timed memory, and under these schedulers. */
export const untimedMachines = (names: readonly string[]): fc.Arbitrary<MachineCase> =>
  casesOf(false, fc.constant(names))
