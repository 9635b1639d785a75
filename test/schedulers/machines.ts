// Machines of every kind for scheduler tests: the bundled ones, and made-up ones that are small or tight.
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import type { HardwareSpec, KernelSpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { bundledFiles, bundledIo } from '../config/bundled-io.ts'
import { frameHardware } from '../helpers/frames.ts'

/** Rates and latencies are powers of two, so that halving and doubling them is exact. */
const base: HardwareSpec = {
  ...frameHardware({ load: 1, hop: 1, compute: 1, pieces: 1 }),
  link: {
    bytesPerPs: 1 / 4,
    latencyPs: 1024,
    efficiency: 1,
    duplex: 'full',
    sharing: 'fair',
    requestBytes: 16,
  },
  compute: { kind: 'ideal', flopPerPs: 16 },
  memory: {
    kind: 'some',
    capacityBytes: Infinity,
    reserved: 0,
    bytesPerPs: 1 / 8,
    efficiency: 1,
    latencyPs: 2048,
    access: 'pipelined',
    channelDies: [0, 1, 2, 3],
    shared: true,
  },
}

const allDies = (count: number) => Array.from({ length: count }, (_, die) => die)

/** 5x5 dies with a memory of their own, a cache, activations in memory. */
const ownMemory: HardwareSpec = {
  ...base,
  name: 'own-memory-5x5',
  topology: { kind: 'mesh', columns: 5, rows: 5, numbering: 'column-major' },
  llc: { capacityBytes: 3 * 6144, ways: 2, hitPs: 256, missPs: 512, writePs: 128 },
  memory: { ...base.memory, capacityBytes: 16 * 18_432, channelDies: allDies(25), shared: false },
  activations: 'memory',
}

export const madeUp: readonly HardwareSpec[] = [
  { ...base, name: 'shared-2x2' },
  {
    ...base,
    name: 'corners-3x3',
    topology: { kind: 'mesh', columns: 3, rows: 3, numbering: 'row-major' },
    memory: { ...base.memory, channelDies: [0, 2, 6, 8] },
  },
  {
    ...base,
    name: 'own-corners-3x3',
    topology: { kind: 'mesh', columns: 3, rows: 3, numbering: 'row-major' },
    memory: { ...base.memory, channelDies: [0, 2, 6, 8], shared: false },
  },
  ownMemory,
  {
    ...ownMemory,
    name: 'circuit-half-duplex-serial',
    link: { ...base.link, duplex: 'half', sharing: 'circuit' },
    memory: { ...ownMemory.memory, access: 'serial' },
  },
  {
    ...base,
    name: 'crossbar-8',
    topology: { kind: 'crossbar', dies: 8 },
    compute: {
      kind: 'table',
      flopPerPs: 16,
      utilization: [
        { upTo: 4, value: 0.25 },
        { upTo: Infinity, value: 0.5 },
      ],
    },
    memory: { ...base.memory, channelDies: allDies(8), shared: false },
  },
  {
    ...base,
    name: 'ring-5',
    topology: { kind: 'ring', dies: 5 },
    compute: { kind: 'systolic', rows: 8, columns: 8, clockPs: 1024, dataflow: 'ws', doubleBuffered: false },
    memory: { ...base.memory, channelDies: [1, 4], shared: false },
  },
  {
    ...base,
    name: 'torus-3x3-one-channel',
    topology: { kind: 'torus', columns: 3, rows: 3, numbering: 'column-major' },
    memory: { ...base.memory, channelDies: [4] },
  },
  { ...ownMemory, name: 'routers-5x5', link: { ...base.link, sharing: 'routers' } },
  {
    ...base,
    name: 'routers-torus-3x3',
    topology: { kind: 'torus', columns: 3, rows: 3, numbering: 'row-major' },
    link: { ...base.link, sharing: 'routers', duplex: 'half' },
    memory: { ...base.memory, channelDies: [4] },
  },
  {
    ...base,
    name: 'routers-crossbar-8',
    topology: { kind: 'crossbar', dies: 8 },
    link: { ...base.link, sharing: 'routers' },
    memory: { ...base.memory, channelDies: allDies(8), shared: false },
  },
  { ...base, name: 'timed-memory', memory: { ...base.memory, kind: 'ddr4', efficiency: 'timed' } },
  {
    ...base,
    name: 'single-die',
    topology: { kind: 'mesh', columns: 1, rows: 1, numbering: 'row-major' },
    memory: { ...base.memory, channelDies: [0] },
  },
  {
    ...base,
    name: 'tiers-2x2',
    memory: {
      ...base.memory,
      shared: false,
      capacityBytes: 4 * 18_432,
      tiers: [
        {
          name: 'host',
          capacityBytes: 2 ** 18,
          shared: true,
          bytesPerPs: 1 / 16,
          latencyPs: 4096,
          startupPs: 1024,
          way: 'pcie',
        },
        {
          name: 'drive',
          capacityBytes: 2 ** 30,
          shared: false,
          bytesPerPs: 1 / 64,
          latencyPs: 8192,
          startupPs: 2048,
          way: 'nvme',
        },
      ],
    },
    activations: 'memory',
  },
  // Less than one expert (18,432 B) for weights, and ample room for 72 tokens of 64 B with their copies.
  { ...base, name: 'small-sram', sramBytes: 16_384 },
]

/** Of two dies, where much ends that is so on one, and little has begun that is so on many. */
export const pair: HardwareSpec = {
  ...ownMemory,
  name: 'pair',
  topology: { kind: 'crossbar', dies: 2 },
  memory: { ...ownMemory.memory, channelDies: [0, 1] },
}

const kernels: KernelSpec = {
  kind: 'kernel',
  units: 2,
  formats: [{ weightBytes: 1, flopPerPs: 16, share: 0.5, leastRows: 2, mostRows: 8 }],
  tileColumns: 16,
  fillBytes: 0,
  startupPs: 2048,
  launches: 4,
  overlap: 0.75,
  reread: 0.5,
  elementwiseShare: 0.5,
}

const kernelCrossbar: HardwareSpec = {
  ...base,
  name: 'kernels-crossbar-8',
  topology: { kind: 'crossbar', dies: 8 },
  compute: kernels,
  memory: { ...base.memory, channelDies: allDies(8), shared: false },
  activations: 'memory',
}

/** Dies whose kernels take all their experts at once; the second machine has two nodes of them, and start-ups on links. */
export const kernelMachines: readonly HardwareSpec[] = [
  kernelCrossbar,
  {
    ...kernelCrossbar,
    name: 'kernels-2-nodes-of-2x2',
    topology: {
      kind: 'nodes',
      count: 2,
      node: { kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' },
      width: 0.5,
    },
    link: {
      ...base.link,
      startup: { messagePs: 512, exchangePs: 4096 },
      outer: { latencyPs: 2048, messagePs: 1024, payloadBytesPerPs: 1 / 8 },
    },
  },
]

/** Machines on which a scheduler, given as on the command line, can show what its options do. */
export const machinesFor = (scheduler: string): readonly HardwareSpec[] =>
  /launch=|dispatch=/.test(scheduler) ? kernelMachines : madeUp

const bundled: readonly HardwareSpec[] = await Promise.all(
  bundledFiles
    .filter(({ folder }) => folder === 'hardware')
    .map(({ name }) => loadHardware(bundledIo(), name)),
)

const MOST_DIES_OF_SMALL = 5
/** A machine of hundreds of dies shows no more than one of fifty, and takes seconds for each scheduler. */
const MOST_DIES = 50
const hasAtMost = (dies: number) => (hardware: HardwareSpec) => buildTopology(hardware.topology).dies <= dies
const isSmall = hasAtMost(MOST_DIES_OF_SMALL)

export const small: readonly HardwareSpec[] = madeUp.filter(isSmall)
/** The made-up and bundled ones that take ten times as long. */
export const large: readonly HardwareSpec[] = [
  ...madeUp.filter((one) => !isSmall(one)),
  ...kernelMachines,
  ...bundled.filter(hasAtMost(MOST_DIES)),
]
