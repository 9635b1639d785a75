// Small experiments on machines of every kind that between them do all that a machine can do.

const model = {
  ...{ layers: 3, hidden: 64, experts: 10, expert_intermediate: 96, top_k: 2, shared_experts: 1 },
  ...{ weight_bytes: 1, activation_bytes: 2, vocabulary: 500, moe_layers: [1, 2], dense_intermediate: 160 },
  attention: { kind: 'gqa', heads: 4, kv_heads: 2, head_dim: 16 },
}
const oneLayer = { ...model, layers: 1, moe_layers: 'all' }
const link = { bandwidth: '3 GB/s', latency: '37 ns', sharing: 'fair', duplex: 'full', request: '16 B' }
const memory = {
  ...{ kind: 'other', bandwidth: '1.7 GB/s', latency: '53 ns', efficiency: 0.9, capacity: 'unlimited' },
  ...{ access: 'pipelined', channels: 'all', shared: false },
}
const ideal = { model: 'ideal', peak: '0.005 TFLOP/s' }
const mesh = (columns: number, rows: number) => ({ kind: 'mesh', columns, rows, numbering: 'row-major' })
const llc = { capacity: '40 kB', ways: 2, hit: '3 ns', miss: '5 ns', write: '2 ns' }
const budget = {
  energy: {
    ...{ basis: 'assumed', mac: '0.9 pJ', sram: '1.1 pJ/B', link: '2.2 pJ/B', memory: '127 pJ/B' },
    idle: '0.7 mW',
  },
}
const prompts = {
  workload: { requests: 5, decode_steps: 2 },
  generator: { prefill_tokens: 4, decode_tokens: 3, skew: 1.3, reuse: 0.3, drift: 0.2 },
}
const tokens = (count: number, iterations: number) => ({
  workload: { tokens: count, iterations },
  generator: { prefill_tokens: 6, decode_tokens: 5, skew: 1.2, reuse: 0.4 },
})

const kernels = {
  ...{ model: 'kernel', units: { assumed: 3 }, columns: { assumed: 32 }, fill: { assumed: '64 B' } },
  formats: [
    {
      ...{ weights: '1 B', inputs: '1 B', peak: { assumed: '0.04 TFLOP/s' }, share: { assumed: 0.7 } },
      rows: { assumed: [2, 16] },
    },
  ],
  ...{ startup: { assumed: '300 ns' }, launches: { assumed: 3 }, overlap: { assumed: 0.8 } },
  ...{ reread: { assumed: 0.5 }, elementwise: { assumed: 0.6 } },
}

/** By what it is about: an experiment file. */
export const RECORDED: Readonly<Record<string, object>> = {
  'shared memory at corners, little SRAM': {
    hardware: {
      ...budget,
      ...{ topology: mesh(3, 2), link, sram: '24 kB', activations: 'sram' },
      compute: {
        model: 'table',
        peak: '0.02 TFLOP/s',
        utilization: { default: { 4: 0.2, 16: 0.4, more: 0.6 } },
      },
      memory: { ...memory, shared: true, channels: [0, 5], latency: '0 ns' },
    },
    ...{ model: oneLayer, ...prompts, seed: 3 },
    schedulers: [
      'ep',
      'ep-tiled',
      'fse-dp',
      'fse-dp:paired=true,slices=7',
      'fse-dp:entry=trajectory,slots=3',
    ],
  },
  'whole forward passes over memories of their own': {
    hardware: {
      ...budget,
      ...{ topology: mesh(2, 2), sram: 'unlimited', activations: 'sram', compute: ideal, memory },
      link: { ...link, startup: { message: '11 ns', exchange: '90 ns' } },
    },
    ...{ model, ...prompts, end_to_end: { context: 40 }, seed: 5 },
    schedulers: [
      ...[
        'ep:combine=true',
        'ep:dispatch=die,sends=staged,combine=true',
        'ep:placement=round-robin,rebalance=1,window=1',
      ],
      ...['hydra:combine=true'],
    ],
  },
  'routers, and activations in memory behind a cache': {
    hardware: {
      ...budget,
      ...{ topology: mesh(3, 2), link: { ...link, sharing: 'routers' }, activations: 'memory', llc },
      ...{ compute: ideal, memory: { ...memory, access: 'serial' } },
    },
    ...{ model: oneLayer, ...prompts, seed: 7 },
    schedulers: [
      ...['forecast-prefetch', 'allo-pred', 'pred-only', 'round-robin', 'hydra', 'least-loaded:least=1'],
      'forecast-prefetch:predictor=popularity,evict=benefit',
    ],
  },
  'reading ahead': {
    hardware: {
      ...budget,
      ...{ topology: mesh(2, 2), link, sram: '60 kB', activations: 'sram', compute: ideal, memory },
    },
    ...{ model, ...prompts, end_to_end: { context: 40 }, layers: [1, 2], seed: 9 },
    schedulers: [
      ...['forecast-prefetch:ahead=4,predictor=cross-layer', 'forecast-prefetch:ahead=8,predictor=oracle'],
      'forecast-prefetch:ahead=3,into=memory,predictor=cross-layer',
    ],
  },
  'weights that stay on dies, and tiers with cores': {
    hardware: {
      ...budget,
      ...{ topology: { kind: 'crossbar', dies: 2 }, link, activations: 'memory', llc, compute: ideal },
      memory: {
        ...{ ...memory, capacity: '100 kB', reserved: 0.1 },
        tiers: [
          {
            ...{
              name: 'host',
              capacity: '200 kB',
              bandwidth: '1.1 GB/s',
              efficiency: 0.8,
              latency: '100 ns',
            },
            ...{
              startup: '40 ns',
              shared: true,
              link: { kind: 'pcie', bandwidth: '0.8 GB/s', latency: '70 ns' },
            },
          },
          {
            ...{
              name: 'drive',
              energy: '50 pJ/B',
              capacity: '1 GB',
              bandwidth: '0.4 GB/s',
              efficiency: 1,
              latency: '300 ns',
            },
            ...{
              startup: '80 ns',
              shared: false,
              link: { kind: 'nvme', bandwidth: '0.3 GB/s', latency: '90 ns' },
            },
            compute: { peak: '0.001 TFLOP/s', startup: '60 ns' },
          },
        ],
      },
    },
    ...{ model, ...tokens(4, 6), seed: 11 },
    schedulers: [
      ...['ep', 'ep:cache=lru', 'ep:cache=lfu,miss=best', 'ep:cache=min,miss=best,cache-scope=layer'],
      ...['ep:cache=lfru,cache-unit=slice,slices=5,cache-bytes=40kB', 'ep:cache=min,prefetch=1'],
    ],
  },
  'token buffering': {
    hardware: {
      ...budget,
      ...{
        topology: { kind: 'ring', dies: 4 },
        link,
        sram: 'unlimited',
        activations: 'sram',
        compute: ideal,
      },
      memory: { ...memory, shared: true },
    },
    ...{ model: oneLayer, ...tokens(8, 5), end_to_end: { context: 10 }, seed: 13 },
    schedulers: [
      ...['fse-dp', 'fse-dp:buffering=60,cold=4', 'fse-dp:buffering=40,buffering-unit=pair,cold=3'],
      'fse-dp:buffering=60,cold=4,buffering-resume=warm,buffering-stagger=true',
    ],
  },
  'timed memory, circuits in half duplex, late messages': {
    hardware: {
      ...budget,
      ...{ topology: { ...mesh(2, 2), kind: 'torus' }, sram: '80 kB', activations: 'sram', compute: ideal },
      link: { ...link, sharing: 'circuit', duplex: 'half' },
      memory: {
        kind: 'DDR4-3200',
        access: 'pipelined',
        bandwidth: '25.6 GB/s',
        capacity: 'unlimited',
        channels: [1, 2],
        shared: true,
      },
    },
    ...{ model: oneLayer, ...tokens(12, 2), seed: 15, seeds: 2, jitter: 2 },
    schedulers: [
      'ep:prefetch=1',
      'fse-dp:rule5=true,slices=7',
      'fse-dp:naive=true,rotate=tokens',
      'ep:channels=own',
    ],
  },
  'systolic arrays': {
    hardware: {
      ...budget,
      ...{ topology: mesh(3, 1), link, sram: 'unlimited', activations: 'sram', memory },
      compute: {
        ...{ model: 'systolic', rows: 16, columns: 8, clock: '0.05 GHz', dataflow: 'ws' },
        double_buffered: true,
      },
    },
    ...{ model: oneLayer, ...tokens(4, 1), seed: 17 },
    schedulers: ['ep', 'ep:slices=5'],
  },
  'kernels of two nodes': {
    hardware: {
      ...budget,
      ...{ topology: { kind: 'crossbar', dies: 4 }, activations: 'memory', llc, compute: kernels, memory },
      link: { ...link, startup: { message: '11 ns', exchange: '90 ns' } },
      nodes: { count: 2, bandwidth: '0.5 GB/s', latency: '400 ns', efficiency: { assumed: 0.9 } },
    },
    ...{ model: oneLayer, ...tokens(40, 2), seed: 21, end_to_end: { context: 300 } },
    schedulers: ['ep', 'ep:combine=true,dispatch=node', 'least-loaded:least=1'],
  },
  'kernels with activations in memory': {
    hardware: 'h100-sxm-8',
    ...{ model, ...tokens(24, 2), seed: 23, end_to_end: { context: 300 } },
    schedulers: ['ep', 'ep:launch=expert,combine=true', 'ep:dispatch=die,batches=2,combine=true'],
  },
  'as the papers have it': {
    hardware: {
      ...budget,
      ...{
        topology: mesh(2, 2),
        link: { ...link, sharing: 'circuit', duplex: 'half' },
        activations: 'memory',
      },
      ...{ llc, compute: ideal, memory: { ...memory, access: 'serial', capacity: '400 kB', reserved: 0.1 } },
    },
    ...{ model: oneLayer, ...prompts, seed: 19, compat: 'paper' },
    schedulers: ['round-robin', 'pred-only', 'allo-pred', 'ep:placement=prefill-dup,copies=3'],
  },
}
