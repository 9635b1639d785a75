// Random small layers on random small packages, run by every scheduler beside their optimum.
import fc from 'fast-check'
import { UserError } from '../../src/errors.ts'
import { packageOf } from '../../src/hardware/package.ts'
import type { ComputeSpec, HardwareSpec, TopologySpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import type { ModelShape } from '../../src/model/shape.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { presets, resolveScheduler, schedulers } from '../../src/schedulers/table.ts'
import { simulateChain } from '../../src/sim/ahead/chain.ts'
import { simulateLayer } from '../../src/sim/layer.ts'
import type { Totals } from '../../src/sim/metrics/totals.ts'
import { rowSetting } from '../schedulers/rows.ts'
import { type Story, stories } from '../schedulers/stories.ts'

export interface SmallLayer {
  readonly story: Story
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly compat: 'physical' | 'paper'
}

/** Every scheduler and preset, and some with options that change what is read, sent or held. */
export const SCHEDULERS: readonly string[] = [
  ...Object.keys(schedulers),
  ...Object.keys(presets),
  'ep:prefetch=2,slices=3',
  'ep:combine=true',
  'ep:channels=own',
  'ep:placement=balanced,copies=2',
  'ep:placement=prefill-dup,copies=2',
  'ep:dispatch=die,combine=true',
  'ep:sends=staged,dispatch=die',
  'ep:cache=lru,cache-bytes=20000,prefetch=1',
  'tp:combine=false',
  'least-loaded:least=1,imbalance=1',
  'adaptive:combine=true',
  'adaptive:copies=0',
  'adaptive:ahead=2,predictor=oracle',
  'fse-dp:rule5=true,slices=4',
  'fse-dp:naive=true,rotate=tokens',
  'fse-dp:entry=trajectory',
  'fse-dp:layout=sequential',
  'forecast-prefetch:predictor=oracle,ahead=2',
  'forecast-prefetch:predictor=popularity,ahead=3,into=memory',
]

const rate = (most: number) => fc.double({ min: 0.02, max: most, noNaN: true })
const ps = fc.integer({ min: 0, max: 3000 })

const topologies: fc.Arbitrary<TopologySpec> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('mesh' as const, 'torus' as const),
    columns: fc.integer({ min: 1, max: 3 }),
    rows: fc.integer({ min: 1, max: 3 }),
    numbering: fc.constantFrom('row-major' as const, 'column-major' as const),
  }),
  fc.record({
    kind: fc.constantFrom('ring' as const, 'crossbar' as const),
    dies: fc.integer({ min: 2, max: 5 }),
  }),
  fc.constant<TopologySpec>({ kind: 'nodes', count: 2, node: { kind: 'crossbar', dies: 2 }, width: 0.25 }),
)

const computes: fc.Arbitrary<ComputeSpec> = fc.oneof(
  fc.record({ kind: fc.constant('ideal' as const), flopPerPs: rate(64) }),
  fc.record({
    kind: fc.constant('table' as const),
    flopPerPs: rate(64),
    utilization: fc.tuple(rate(1), rate(1), rate(1)).map(([a, b, c]) => [
      { upTo: 2, value: a },
      { upTo: 7, value: b },
      { upTo: Infinity, value: c },
    ]),
  }),
  fc.record({
    kind: fc.constant('systolic' as const),
    rows: fc.integer({ min: 1, max: 16 }),
    columns: fc.integer({ min: 1, max: 16 }),
    clockPs: fc.integer({ min: 1, max: 1000 }),
    dataflow: fc.constantFrom('ws' as const, 'os' as const, 'is' as const),
    doubleBuffered: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('kernel' as const),
    units: fc.constant(4),
    formats: fc.constant([{ weightBytes: 1, flopPerPs: 64, share: 0.5, leastRows: 4, mostRows: 16 }]),
    tileColumns: fc.constant(16),
    fillBytes: fc.constantFrom(0, 64),
    startupPs: ps,
    launches: fc.constantFrom(2, 6),
    overlap: fc.constantFrom(0, 0.9, 1),
    reread: fc.constantFrom(0, 0.5),
    elementwiseShare: fc.constant(0.5),
  }),
)

const packages: fc.Arbitrary<HardwareSpec> = fc
  .record({
    topology: topologies,
    compute: computes,
    linkBytesPerPs: rate(2),
    linkLatencyPs: ps,
    duplex: fc.constantFrom('full' as const, 'half' as const),
    sharing: fc.constantFrom('fair' as const, 'fair' as const, 'routers' as const, 'circuit' as const),
    memoryBytesPerPs: rate(2),
    efficiency: fc.constantFrom(0.5, 1),
    memoryLatencyPs: ps,
    access: fc.constantFrom('pipelined' as const, 'serial' as const),
    shared: fc.boolean(),
    fewChannels: fc.boolean(),
    hasCache: fc.boolean(),
    activations: fc.constantFrom('sram' as const, 'memory' as const),
    requestBytes: fc.constantFrom(0, 16),
  })
  .map((drawn) => {
    const { dies } = buildTopology(drawn.topology)
    const all = Array.from({ length: dies }, (_, die) => die)
    // Activations in memory need one on every die.
    const few = drawn.fewChannels && drawn.activations === 'sram'
    return {
      name: 'small',
      topology: drawn.topology,
      link: {
        bytesPerPs: drawn.linkBytesPerPs,
        latencyPs: drawn.linkLatencyPs,
        efficiency: 1,
        duplex: drawn.duplex,
        sharing: drawn.topology.kind === 'nodes' ? 'fair' : drawn.sharing,
        requestBytes: drawn.requestBytes,
      },
      compute: drawn.compute,
      sramBytes: Infinity,
      ...(drawn.hasCache && {
        llc: { capacityBytes: 30_000, ways: 2, hitPs: 100, missPs: 150, writePs: 30 },
      }),
      memory: {
        kind: 'some',
        capacityBytes: Infinity,
        reserved: 0,
        bytesPerPs: drawn.memoryBytesPerPs,
        efficiency: drawn.efficiency,
        latencyPs: drawn.memoryLatencyPs,
        access: drawn.access,
        channelDies: few ? all.filter((die) => die % 2 === 0) : all,
        shared: drawn.shared,
      },
      activations: drawn.activations,
    } satisfies HardwareSpec
  })

export const smallLayers: fc.Arbitrary<SmallLayer> = fc
  .record({
    story: stories,
    hardware: packages,
    hidden: fc.constantFrom(8, 48, 64),
    inner: fc.constantFrom(6, 24, 96),
    activationBytes: fc.constantFrom(1, 2),
    isPaper: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  })
  .map(({ story, hardware, hidden, inner, activationBytes, isPaper }) => ({
    story,
    hardware,
    compat: isPaper ? 'paper' : 'physical',
    model: {
      name: 'small',
      layers: 3,
      moeLayers: [0, 1, 2],
      hidden,
      expertIntermediate: inner,
      experts: story.experts,
      topK: story.topK,
      sharedExperts: 0,
      weightBytes: 1,
      activationBytes,
      routing: { skew: 1, reuse: 0 },
    },
  }))

/** Totals of a scheduler, which a run that beats its optimum never gets to; undefined where it does not run on this package. */
export async function runBeside(
  { story, hardware, model, compat }: SmallLayer,
  text: string,
): Promise<Totals | undefined> {
  const { resolved } = resolveScheduler(splitSchedulerText(text)!, compat)
  if (resolved === undefined) return undefined
  const { layers, ...rows } = rowSetting(story, hardware)
  const setting = { ...rows, pkg: packageOf({ hardware, model, compat }), findsOptimum: true }
  try {
    if (schedulers[resolved.scheduler]!.readsAhead?.(resolved.options)) {
      return (await simulateChain({ ...setting, layers }, resolved)).at(-1)
    }
    return (await simulateLayer({ ...setting, layer: 0 }, [resolved]))[0]
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
