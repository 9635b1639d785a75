// Bad config files: each must be refused with the right code, place and words, and change nothing else.
import { afterEach, describe, expect, test } from 'vitest'
import { CONFIG_LIMIT_BYTES } from '../../src/config/document.ts'
import { validateConfig } from '../../src/config/results/check-file.ts'
import { type DiagnosticCode, describe as text } from '../../src/errors.ts'
import type { Io } from '../../src/io.ts'
import { bundledIo } from './bundled-io.ts'

const HARDWARE = `topology: {kind: mesh, columns: 2, rows: 2}
link: {bandwidth: 288 GB/s, latency: 4.02 ns}
compute: {model: ideal, peak: 3 TFLOP/s}
sram: unlimited
memory: {kind: ddr3, bandwidth: 25.6 GB/s, latency: 0 ns, capacity: unlimited, shared: true}
activations: sram
`
const MODEL = `layers: 4
moe_layers: all
hidden: 64
expert_intermediate: 32
experts: 8
top_k: 2
weight_bytes: 1
activation_bytes: 1
`
const EXPERIMENT = `hardware: fse-dp-2x2
model: qwen3-30b-a3b
workload: {tokens: 64}
schedulers: [ep, fse-dp]
`

/** A compute section of kernels, with a part replaced. */
const kernel = (from: string, to: string) =>
  `{model: kernel, units: {published: 4}, startup: {assumed: 4 us}, formats: [{weights: 1 B, peak: {published: 3 TFLOP/s}, share: {assumed: 0.5}, rows: {assumed: [16, 64]}}], columns: {assumed: 64}, fill: {assumed: 0 B}, launches: {assumed: 6}, overlap: {assumed: 1}, reread: {assumed: 0}, elementwise: {assumed: 0.5}}`.replace(
    from,
    to,
  )

/** What is replaced in the valid file, by what; then code, line:column and words of the one finding. */
type Case = [from: string, to: string, code: DiagnosticCode, at: string, words: string]

const hardware: Case[] = [
  ['bandwidth: 288 GB/s', 'bandwidth: 288', 'bad-value', '2:19', 'units: B/s, kB/s'],
  ['288 GB/s', '0 GB/s', 'bad-value', '2:19', 'more than zero'],
  ['288 GB/s', '-3 GB/s', 'bad-value', '2:19', 'got -3 GB/s'],
  ['288 GB/s', '288 GB', 'bad-value', '2:19', 'a bandwidth with its unit'],
  ['288 GB/s', '288 gb/s', 'bad-value', '2:19', 'did you mean "288 GB/s or 288 Gb/s"'],
  ['288 GB/s', '288 KB/s', 'bad-value', '2:19', 'did you mean "288 kB/s or 288 KiB/s"'],
  ['288 GB/s', '1e400 GB/s', 'bad-value', '2:19', 'range of numbers'],
  ['288 GB/s', '.nan', 'bad-value', '2:19', 'got .nan'],
  ['288 GB/s', '.inf', 'bad-value', '2:19', 'got .inf'],
  ['288 GB/s', '[1, 2]', 'bad-value', '2:19', 'got [1, 2]'],
  ['288 GB/s', '', 'bad-value', '2:19', 'got nothing'],
  ['4.02 ns', '4.02', 'bad-value', '2:38', 'units: ps, ns, us, ms, s'],
  ['latency: 4.02 ns', 'latncy: 4.02 ns', 'unknown-key', '2:29', 'did you mean "latency"'],
  ['latency: 4.02 ns', 'latency: 4 ns, efficiency: 0', 'bad-value', '2:56', 'from 1e-9 to 1'],
  ['latency: 4.02 ns', 'latency: 4 ns, efficiency: 1.0e-320', 'bad-value', '2:56', 'from 1e-9 to 1'],
  ['latency: 4.02 ns', 'latency: 4 ns, efficiency: 1.5', 'bad-value', '2:56', 'got 1.5'],
  ['latency: 4.02 ns', 'latency: 4 ns, router: {buffer: 0 B}', 'bad-value', '2:61', 'more than zero'],
  ['latency: 4.02 ns', 'latency: 4 ns, router: {buffer: 64 B}', 'conflict', '2:61', 'less than one packet'],
  ['latency: 4.02 ns', 'latency: 4 ns, router: {flit: 12 b}', 'conflict', '2:59', 'whole number of bytes'],
  ['latency: 4.02 ns', 'latency: 4 ns, router: {packet: 100 B}', 'conflict', '2:61', 'whole number of flits'],
  [
    'latency: 4.02 ns',
    'latency: 4 ns, sharing: fair, router: {flit: 8 B}',
    'conflict',
    '2:67',
    'sharing is fair',
  ],
  ['latency: 4.02 ns', 'latency: 4 ns, duplex: ful', 'bad-value', '2:52', 'did you mean "full"'],
  [', latency: 4.02 ns', '', 'missing-key', '2:1', 'link needs "latency"'],
  ['kind: mesh', 'kind: msh', 'bad-value', '1:18', 'did you mean "mesh"'],
  ['columns: 2', 'columns: 0', 'bad-value', '1:33', 'from 1 to 4096'],
  ['columns: 2', 'columns: 0x10', 'bad-value', '1:33', 'got 0x10'],
  ['columns: 2', 'columns: 010', 'bad-value', '1:33', 'got 010'],
  ['columns: 2', 'columns: 1e309', 'bad-value', '1:33', 'got 1e309'],
  ['columns: 2', 'columns: 2.5', 'bad-value', '1:33', 'a whole number'],
  ['columns: 2', 'columns: 4096', 'conflict', '1:11', '8192 dies'],
  ['columns: 2, ', 'columns: 2, columns: 3, ', 'duplicate-key', '1:36', '"columns" is given twice'],
  ['columns: 2', 'columns: 2, dies: 4', 'unknown-key', '1:36', 'unknown key "dies" in topology'],
  ['{kind: mesh, columns: 2, rows: 2}', '{kind: ring, dies: 0}', 'bad-value', '1:30', 'from 1 to 4096'],
  ['{kind: mesh, columns: 2, rows: 2}', '{columns: 2}', 'missing-key', '1:1', 'topology needs "kind"'],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: custom, dies: 2, links: [[0, 0]]}',
    'conflict',
    '1:43',
    'to itself',
  ],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: custom, dies: 2, links: [[0, 2]]}',
    'conflict',
    '1:43',
    'names die 2',
  ],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: custom, dies: 2, links: [[0, 1], [1, 0]]}',
    'conflict',
    '1:51',
    'given twice',
  ],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: custom, dies: 3, links: [[0, 1]]}',
    'conflict',
    '1:42',
    'die 2 cannot be reached',
  ],
  [
    '4.02 ns}\n',
    '4.02 ns, sharing: fair}\nnodes: {count: 3, bandwidth: 1 GB/s, latency: 1 us}\n',
    'conflict',
    '3:16',
    '2 rows in 3 nodes; a number that divides 2',
  ],
  [
    'sram: unlimited',
    'sram: unlimited\nnodes: {count: 2, bandwidth: 1 GB/s, latency: 1 us, startup: {message: 70}}',
    'bad-value',
    '5:72',
    'a time with its unit',
  ],
  [
    '4.02 ns}',
    '4.02 ns, startup: {exchange: {fitted: 9 us}}}',
    'bad-value',
    '2:67',
    'or with how it is known, such as {fitted',
  ],
  ['4.02 ns}', '4.02 ns, startup: {message: 5}}', 'bad-value', '2:66', 'a time with its unit'],
  ['4.02 ns}', '4.02 ns, startup: {message: 5 ns}}', 'conflict', '2:56', 'beside routers'],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: custom, dies: 2, links: [{dies: [0, 1], parallel: 2}]}',
    'conflict',
    '1:43',
    'a link of its own bandwidth beside routers',
  ],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: custom, dies: 2, links: [{dies: [0, 1], bandwith: 2 GB/s}]}',
    'unknown-key',
    '1:58',
    'did you mean "bandwidth"',
  ],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: torus-3d, columns: 2, rows: 2}',
    'missing-key',
    '1:1',
    'needs "layers"',
  ],
  [
    '{kind: mesh, columns: 2, rows: 2}',
    '{kind: mesh-3d, columns: 64, rows: 64, layers: 2}',
    'conflict',
    '1:11',
    '8192 dies',
  ],
  ['peak: 3 TFLOP/s', 'clock: 1 GHz', 'conflict', '3:10', 'either a peak or both'],
  ['peak: 3 TFLOP/s', 'peak: 3 TFLOP/s, clock: 1 GHz', 'conflict', '3:10', 'either a peak or both'],
  ['model: ideal', 'model: idea', 'bad-value', '3:18', 'did you mean "ideal"'],
  [
    '{model: ideal, peak: 3 TFLOP/s}',
    '{model: table, peak: 3 TFLOP/s, utilization: {64x32: {more: 1}}}',
    'missing-key',
    '3:42',
    'needs "default"',
  ],
  [
    '{model: ideal, peak: 3 TFLOP/s}',
    '{model: table, peak: 3 TFLOP/s, utilization: {default: {9: 1}}}',
    'missing-key',
    '3:56',
    'needs "more"',
  ],
  [
    '{model: ideal, peak: 3 TFLOP/s}',
    '{model: table, peak: 3 TFLOP/s, utilization: {default: {1e2: 1, more: 1}}}',
    'unknown-key',
    '3:66',
    '"1e2"',
  ],
  [
    '{model: ideal, peak: 3 TFLOP/s}',
    '{model: table, peak: 3 TFLOP/s, utilization: {default: {9: 2, more: 1}}}',
    'bad-value',
    '3:69',
    'utilization.default.9',
  ],
  [
    '{model: ideal, peak: 3 TFLOP/s}',
    '{model: systolic, rows: 65536, columns: 8, clock: 1 GHz, dataflow: ws}',
    'bad-value',
    '3:34',
    'from 1 to 4096',
  ],
  ...(
    [
      ['{published: 4}', '4', 'bad-value', '3:33', 'a mapping of published, fitted, assumed, on'],
      ['{published: 4}', '{published: 0}', 'bad-value', '3:45', 'from 1 to 1000000'],
      ['{published: 4}', '{published: 4, assumed: 4}', 'bad-value', '3:33', 'exactly one of published'],
      ['{published: 4}', '{}', 'bad-value', '3:33', 'exactly one of published'],
      ['{published: 4}', '{fitted: 4}', 'bad-value', '3:33', 'on what rows'],
      ['{published: 4}', '{published: 4, on: rows}', 'bad-value', '3:33', 'on with nothing else'],
      ['{published: 4}', '{publshed: 4}', 'unknown-key', '3:34', 'did you mean "published"'],
      ['assumed: 4 us', 'assumed: 4', 'bad-value', '3:68', 'a time with its unit'],
      ['assumed: 4 us', 'fitted: 4 s, on: rows', 'bad-value', '3:67', 'from 0 ps to 1 s'],
      ['assumed: 4 us', 'fitted: 20 ms, on: rows', 'conflict', '3:58', 'the most is 10 ms'],
      ['share: {assumed: 0.5}', 'share: {fitted: 1.2, on: rows}', 'bad-value', '3:146', 'from 1e-9 to 1'],
      ['[16, 64]', '[16, 48]', 'bad-value', '3:174', 'a power of two'],
      ['[16, 64]', '[64, 16]', 'conflict', '3:159', 'the fewest rows are more than the most'],
      ['fill: {assumed: 0 B}', 'fill: {assumed: 1 MB}', 'conflict', '3:212', 'more than 64 KiB'],
      ['overlap: {assumed: 1}', 'overlap: {assumed: 1.1}', 'bad-value', '3:271', 'from 0 to 1'],
    ] as const
  ).map(
    ([from, to, code, at, words]): Case => [
      '{model: ideal, peak: 3 TFLOP/s}',
      kernel(from, to),
      code,
      at,
      words,
    ],
  ),
  ['sram: unlimited\n', '', 'missing-key', '1:1', 'needs "sram"'],
  ['shared: true', 'shared: true, efficiency: {fitted: 0.8}', 'bad-value', '5:106', 'on what rows'],
  ['shared: true', 'shared: true, efficiency: {fitted: 2, on: x}', 'bad-value', '5:115', 'from 1e-9 to 1'],
  ['sram: unlimited', 'sram: 0 B', 'bad-value', '4:7', 'from 1 B to'],
  ['sram: unlimited', 'sram: 1e309 B', 'bad-value', '4:7', 'a size'],
  ['kind: ddr3', 'kind: ddr33', 'unknown-name', '5:16', 'did you mean "ddr3"?'],
  ['kind: ddr3', 'kind: other', 'missing-key', '5:1', 'needs "efficiency"'],
  ['shared: true', 'shared: yes', 'bad-value', '5:88', 'true or false'],
  ['shared: true', 'shared: true, channels: [4]', 'conflict', '5:105', 'memory channel at die 4'],
  ['shared: true', 'shared: true, channels: [1, 1]', 'conflict', '5:108', 'die 1 is listed twice'],
  [
    'shared: true}\nactivations: sram',
    'shared: true, channels: [0, 1, 3]}\nactivations: memory',
    'conflict',
    '6:14',
    'die 2 has no memory channel',
  ],
  ['shared: true', 'shared: true, channels: []', 'bad-value', '5:104', 'a list of die ids'],
  ['shared: true', 'shared: true, reserved: 1', 'bad-value', '5:104', 'below 1'],
  ['shared: true', 'shared: true, efficiency: {64x32: 0.8}', 'missing-key', '5:94', 'needs "default"'],
  [
    'shared: true',
    'shared: true, efficiency: {default: 1, llama: 0.8}',
    'unknown-key',
    '5:119',
    'such as 4096x1536',
  ],
  ['activations: sram', 'activations: sram\nenergy: {mac: 1 pJ}', 'missing-key', '7:1', 'needs "basis"'],
  ...(
    [
      ['mac: 0 pJ', '31', 'more than zero'],
      ['mac: -1 pJ', '31', 'got -1 pJ'],
      ['mac: .nan', '31', 'got .nan'],
      ['mac: 0.9', '31', 'units: pJ, nJ'],
      ['mac: 0.9 pJ/bit', '31', 'an energy with its unit'],
      ['mac: 1e99 J', '31', 'from 0.000001 pJ'],
      ['link: 0 pJ/bit', '32', 'more than zero'],
      ['link: 0.277 pJ', '32', 'energy per bit or byte'],
      ['link: 0.277 pj/bit', '32', 'did you mean "0.277 pJ/bit"'],
      ['memory: NaN pJ/bit', '34', 'got NaN pJ/bit'],
      ['sram: 0 pJ/bit', '32', 'or "in mac"'],
      ['sram: in macs', '32', 'or "in mac"'],
    ] as const
  ).map(([pair, column, words]): Case => {
    const energy = `energy: {basis: derived, ${pair}}`
    return ['activations: sram', `activations: sram\n${energy}`, 'bad-value', `7:${column}`, words]
  }),
  [
    'activations: sram',
    'activations: sram\nenergy: {basis: derived, macs: 1 pJ}',
    'unknown-key',
    '7:26',
    'did you mean "mac"',
  ],
  [
    'activations: sram',
    'activations: sram\nenergy: {basis: guessed, mac: 1 pJ}',
    'bad-value',
    '7:17',
    'published, derived, assumed',
  ],
  [
    'activations: sram',
    'activations: sram\npower: {basis: derived, compute: 1 W, link: 1 pJ/B}',
    'missing-key',
    '7:1',
    'power needs "memory"',
  ],
  [
    'activations: sram',
    'activations: sram\narea: {basis: derived, link_module: 3 mm2, link_module_bandwidth: 96 GB/s, compute: 1 mm2, buffer: 1 mm2}',
    'bad-value',
    '7:100',
    'an area per size',
  ],
  ...(
    [
      ['', 'missing-key', '7:1', 'operations needs "startup"'],
      ['startup: 4, ', 'bad-value', '7:23', 'a time with its unit'],
      ['startup: {fitted: 4 us}, ', 'bad-value', '7:23', 'how it is known'],
    ] as const
  ).map(([startup, code, at, words]): Case => {
    const counts = ['attention', 'router', 'shared', 'dense', 'head'].map((part) => `${part}: {assumed: 1}`)
    const operations = `operations: {${startup}${counts.join(', ')}}`
    return ['activations: sram', `activations: sram\n${operations}`, code, at, words]
  }),
  ['activations: sram', 'activations: srm', 'bad-value', '6:14', 'did you mean "sram"'],
  ['activations: sram', 'activations: sram\n__proto__: {polluted: 1}', 'unknown-key', '7:1', '"__proto__"'],
  ['sram: unlimited', 'sram: unlimited\nconstructor: {polluted: 1}', 'unknown-key', '5:1', '"constructor"'],
  [
    'shared: true',
    'shared: true, efficiency: {default: 1, __proto__: 1}',
    'unknown-key',
    '5:119',
    '"__proto__"',
  ],
]

const model: Case[] = [
  ['top_k: 2', 'top_k: 9', 'conflict', '6:8', 'top_k is 9, and there are 8 experts'],
  ['experts: 8', 'experts: 65536', 'bad-value', '5:10', 'from 1 to 65535'],
  ['experts: 8', 'expert: 8', 'unknown-key', '5:1', 'did you mean "experts"'],
  ['hidden: 64', 'hidden: 99999999999999999999', 'bad-value', '3:9', 'from 1 to 1000000'],
  ['hidden: 64', 'hidden: "64"', 'bad-value', '3:9', 'got "64"'],
  ['moe_layers: all', 'moe_layers: 2..4', 'conflict', '2:13', 'names layer 4'],
  ['moe_layers: all', 'moe_layers: 3..2', 'conflict', '2:13', 'selects no layer'],
  ['moe_layers: all', 'moe_layers: [1, 1]', 'conflict', '2:13', 'not ascending'],
  ['moe_layers: all', 'moe_layers: some', 'bad-value', '2:13', 'all, odd, even'],
  ['moe_layers: all', 'moe_layers: [0, -1]', 'bad-value', '2:17', 'moe_layers[1]'],
  ['weight_bytes: 1', 'weight_bytes: 0', 'bad-value', '7:15', 'above 0'],
  ['weight_bytes: 1', 'weight_bytes: 1\nvocabulary: 0', 'bad-value', '8:13', 'from 1 to 10000000'],
  [
    'weight_bytes: 1',
    'weight_bytes: 1\nsliding_window: {tokens: 8, layers: [0, 4]}',
    'conflict',
    '8:37',
    'sliding_window names layer 4',
  ],
  [
    'weight_bytes: 1',
    'weight_bytes: 1\nrouter: {groups: 3, groups_per_token: 1}',
    'conflict',
    '8:18',
    '3 equal groups',
  ],
  [
    'weight_bytes: 1',
    'weight_bytes: 1\nrouter: {groups: 8, groups_per_token: 1}',
    'conflict',
    '8:39',
    'cannot give a token its 2',
  ],
  [
    'weight_bytes: 1',
    'weight_bytes: 1\nrouter: {groups: 2, groups_per_token: 3}',
    'conflict',
    '8:39',
    'there are 2 groups',
  ],
  ...(
    [
      [
        'attention: {kind: gqa, heads: 6, kv_heads: 4, head_dim: 8}',
        'conflict',
        '8:44',
        'kv_heads must divide heads',
      ],
      ['attention: {kind: gqa, heads: 4, kv_heads: 6, head_dim: 8}', 'conflict', '8:44', '6 KV heads'],
      ['attention: {kind: gqa, heads: 0, kv_heads: 1, head_dim: 8}', 'bad-value', '8:31', 'from 1 to 100000'],
      ['attention: {kind: gqa, heads: 4, head_dim: 8}', 'missing-key', '8:1', 'needs "kv_heads"'],
      ['attention: {kind: mha, heads: 4}', 'bad-value', '8:19', 'one of gqa, mla'],
      ['attention: {heads: 4}', 'missing-key', '8:1', 'attention needs "kind"'],
      ['attention: 32', 'bad-value', '8:12', 'a mapping with a kind'],
      [
        'attention: {kind: mla, heads: 4, kv_rank: 99999999, nope_dim: 1, rope_dim: 1, value_dim: 1}',
        'bad-value',
        '8:43',
        'from 1 to 1000000',
      ],
      ['dense_intermediate: 0', 'bad-value', '8:21', 'from 1 to 1000000'],
      ['shared_intermediate: 1e309', 'bad-value', '8:22', 'from 1 to 1000000'],
      ['dense_weight_bytes: 0', 'bad-value', '8:21', 'above 0'],
    ] as const
  ).map(([line, code, at, words]): Case => ['weight_bytes: 1', `weight_bytes: 1\n${line}`, code, at, words]),
  ['weight_bytes: 1', 'weight_bytes: 1\nrouting: {skew: -1}', 'bad-value', '8:17', 'from 0 to 10'],
]

const experiment: Case[] = [
  ['model: qwen3-30b-a3b', 'model: qwen3-30b-a3', 'unknown-name', '2:8', 'did you mean "qwen3-30b-a3b"'],
  ['hardware: fse-dp-2x2', 'hardware: ./none.yaml', 'file', '', 'no such file'],
  ['hardware: fse-dp-2x2', 'hardwear: fse-dp-2x2', 'unknown-key', '1:1', 'did you mean "hardware"'],
  ['{tokens: 64}', '{tokens: 0}', 'bad-value', '3:20', 'from 1 to 1000000'],
  ['{tokens: 64}', '{requests: 0}', 'bad-value', '3:22', 'workload.requests'],
  ['{tokens: 64}', '{tokens: 64, requests: 1}', 'unknown-key', '3:24', '"requests" in workload'],
  ['{tokens: 64}', '{requests: 4, decode_steps: 128}', 'conflict', '3:39', '127 decode tokens'],
  ['[ep, fse-dp]', '[ep, fse-pd]', 'unknown-name', '4:18', 'did you mean "fse-dp"'],
  ['[ep, fse-dp]', '[ep, "ep:prefetch=0"]', 'conflict', '4:18', 'ep is listed twice'],
  ['[ep, fse-dp]', '[ep, "ep:prefetsch=1"]', 'unknown-name', '4:18', 'did you mean "prefetch"'],
  ['[ep, fse-dp]', '[{fse-dp: {slices: 0}}]', 'bad-value', '4:14', 'fse-dp:slices'],
  ['[ep, fse-dp]', '[{fse-dp: {}, ep: {}}]', 'bad-value', '4:14', 'a scheduler such as'],
  ['[ep, fse-dp]', '[]', 'bad-value', '4:13', 'at least one scheduler'],
  ['[ep, fse-dp]', '[{name: ep, __proto__: 1}]', 'unknown-name', '4:14', '"__proto__"'],
  [
    '[ep, fse-dp]',
    '[ep, {name: forecast-prefetch, into: memory}]',
    'conflict',
    '4:18',
    'so into=memory would change nothing',
  ],
  [
    '[ep, fse-dp]',
    '[ep]\nsweep: {axes: {__proto__: [1], seed: [1]}}',
    'unknown-key',
    '5:16',
    '"__proto__" in sweep.axes',
  ],
  ['[ep, fse-dp]', '[ep]\nbaseline: fse-dp', 'unknown-name', '5:11', 'unknown baseline "fse-dp"'],
  ['[ep, fse-dp]', '[ep]\nseed: -1', 'bad-value', '5:7', 'seed must be'],
  ['[ep, fse-dp]', '[ep]\nlayers: sample:0', 'bad-value', '5:9', 'sample:COUNT'],
  ['[ep, fse-dp]', '[ep]\nlayers: [48]', 'conflict', '5:9', 'layer 48 is not an MoE layer'],
  ['[ep, fse-dp]', '[ep]\nlayers: sample:49', 'conflict', '5:9', 'a sample of 49 layers'],
  [
    '[ep, fse-dp]',
    '[ep]\ntrace: qwen3-30b-a3b-dmo',
    'unknown-name',
    '5:8',
    'did you mean "qwen3-30b-a3b-demo"',
  ],
  ['[ep, fse-dp]', '[ep]\ntrace: none.csv', 'file', '5:8', 'no trace none.csv'],
  ['[ep, fse-dp]', '[ep]\ngenerator: {requests: 0}', 'bad-value', '5:23', 'generator.requests'],
  ['{tokens: 64}', '{tokens: 640}\ngenerator: {requests: 3}', 'conflict', '4:23', 'needs 4 requests'],
  ['[ep, fse-dp]', '[ep]\nend_to_end: {context: 0}', 'bad-value', '5:23', 'from 1 to 10000000'],
  ['[ep, fse-dp]', '[ep]\nend_to_end: {context: 1e9}', 'bad-value', '5:23', 'from 1 to 10000000'],
  ['[ep, fse-dp]', '[ep]\nend_to_end: {context: 4 KiB}', 'bad-value', '5:23', 'a whole number'],
  ['[ep, fse-dp]', '[ep]\nend_to_end: {}', 'missing-key', '5:1', 'end_to_end needs "context"'],
  ['[ep, fse-dp]', '[ep]\nend_to_end: true', 'bad-value', '5:13', 'a mapping of context'],
  ['{tokens: 64}', '{tokens: 64, concurrent: 0}', 'bad-value', '3:36', 'workload.concurrent'],
  ['{tokens: 64}', '{requests: 4, concurrent: 2}', 'unknown-key', '3:25', '"concurrent"'],
  ['[ep, fse-dp]', '["fse-dp:buffering=101"]', 'bad-value', '4:14', 'from 0 to 100'],
  ['[ep, fse-dp]', '["fse-dp:buffering=-1"]', 'bad-value', '4:14', 'from 0 to 100'],
  ['[ep, fse-dp]', '["fse-dp:buffering=2.5"]', 'bad-value', '4:14', 'from 0 to 100'],
  ['[ep, fse-dp]', '["fse-dp:buffering=20,cold=1"]', 'bad-value', '4:14', 'from 2 to 1000000'],
  ['[ep, fse-dp]', '["fse-dp:cold=3"]', 'conflict', '4:14', 'would change nothing without buffering'],
  ['[ep, fse-dp]', '["fse-dp:buffering=20"]', 'conflict', '4:13', 'add end_to_end'],
  [
    '[ep, fse-dp]',
    '["fse-dp:buffering=20"]\nend_to_end: {context: 9}\nlayers: sample:4',
    'conflict',
    '6:9',
    'through all layers, and 4 are simulated',
  ],
  ['[ep, fse-dp]', '[ep]\ncompat: papr', 'bad-value', '5:9', 'did you mean "paper"'],
  ['[ep, fse-dp]', '[ep]\noutput: {format: xml}', 'bad-value', '5:18', 'table, json, csv, markdown'],
]

const refused = async (base: string, [from, to, code, at, words]: Case) => {
  expect(base).toContain(from)
  const { diagnostics } = await validateConfig(
    bundledIo({ 'bad.yaml': base.replace(from, () => to) }),
    'bad.yaml',
  )
  expect(diagnostics.map((d) => `${d.code} ${text(d)}`)).toHaveLength(1)
  const [found] = diagnostics
  expect(found && text(found)).toContain(words)
  expect([found?.code, found?.span ? `${found.span.line}:${found.span.column}` : '']).toEqual([code, at])
  if (found?.span) expect(found).toMatchObject({ file: 'bad.yaml', severity: 'error' })
}

afterEach(() => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})

describe('a file is refused at the place of its mistake', () => {
  test.each(hardware)('hardware with %j replaced by %j', (...bad) => refused(HARDWARE, bad))
  test.each(model)('a model with %j replaced by %j', (...bad) => refused(MODEL, bad))
  test.each(experiment)('an experiment with %j replaced by %j', (...bad) => refused(EXPERIMENT, bad))

  test.each([HARDWARE, MODEL, EXPERIMENT])('and the file they all start from is valid: %j', async (base) => {
    const io = bundledIo({ 'good.yaml': base })
    expect((await validateConfig(io, 'good.yaml')).diagnostics.map(text)).toEqual([])
  })
})

describe('an end-to-end run of a model that lacks what it needs', () => {
  const refusedModel = async (model: string) => {
    const files = { 'e.yaml': `${EXPERIMENT.replace('qwen3-30b-a3b', './m.yaml')}end_to_end: {context: 9}\n` }
    const io = bundledIo({ ...files, 'm.yaml': model })
    return (await validateConfig(io, 'e.yaml')).diagnostics
  }

  test('is refused with the name of the key: attention, and dense_intermediate where some layers are dense', async () => {
    const found = await refusedModel(MODEL.replace('moe_layers: all', 'moe_layers: 1..3'))
    expect(found.map(text)).toEqual([
      'model m needs "attention"; end_to_end needs it, such as attention: {kind: gqa, heads: 32, kv_heads: 4, head_dim: 128}',
      'model m needs "dense_intermediate"; end_to_end needs it, such as dense_intermediate: 10944, as layer 0 has no routed experts',
    ])
    expect(found.map(({ file, span }) => `${file}:${span?.line}`)).toEqual(['e.yaml:5', 'e.yaml:5'])
  })

  test('asks for no dense_intermediate where every layer has experts', async () => {
    const attention = 'attention: {kind: gqa, heads: 4, kv_heads: 2, head_dim: 16}\n'
    expect(await refusedModel(MODEL + attention)).toEqual([])
    expect(await refusedModel(MODEL)).toHaveLength(1)
  })
})

describe('a text that is no config is refused', () => {
  // Nine aliases of nine aliases of ...: 9^9 values if it were expanded.
  const bomb = Array.from({ length: 9 }, (_, i) => {
    const inner = i === 0 ? 'x' : `*a${i - 1}`
    return `a${i}: &a${i} [${Array.from({ length: 9 }, () => inner).join(', ')}]`
  }).join('\n')

  test.each<[string, string | Uint8Array, DiagnosticCode, string, string]>([
    ['an empty file', '', 'syntax', '', 'the file is empty'],
    ['only comments', '# nothing\n', 'syntax', '', 'the file is empty'],
    ['binary junk', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 255]), 'syntax', '', 'not UTF-8 text'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0, 0x3a, 0]), 'syntax', '', 'not UTF-8 text'],
    ['an alias bomb', bomb, 'syntax', '', 'more than 100 aliases'],
    ['an alias of itself', 'link: &a {b: *a}', 'syntax', '1:14', 'contains itself'],
    ['an alias of nothing', 'link: *a', 'syntax', '1:7', 'no anchor &a'],
    ['a tag', 'sram: !!js/function "x"', 'syntax', '1:7', 'tag'],
    ['a standard tag', 'sram: !!str 5', 'syntax', '1:13', 'tags such as'],
    ['two documents', 'sram: 1\n---\nsram: 2', 'syntax', '2:1', 'multiple documents'],
    ['a key that is a list', '? [a]\n: 1', 'syntax', '1:3', 'plain text'],
    ['a tab as indent', 'link:\n\tbandwidth: 1', 'syntax', '2:1', 'abs are not allowed'],
    ['a mapping in a line', 'link: bandwidth: 1', 'syntax', '1:7', 'ested mappings'],
    ['deep nesting', '['.repeat(100_000), 'syntax', '', 'nested too deeply'],
    ['deep nesting of dashes', '- '.repeat(100_000), 'syntax', '', 'nested too deeply'],
    ['a list', '[1, 2]', 'bad-value', '1:1', 'hardware, model or experiment config'],
    ['keys of nothing', 'colour: red', 'bad-value', '1:1', 'topology, link'],
    ['a huge file', '#'.repeat(CONFIG_LIMIT_BYTES + 1), 'file', '', 'larger than'],
  ])('%s', async (_, content, code, at, words) => {
    const { diagnostics } = await validateConfig(bundledIo({ 'bad.yaml': content }), 'bad.yaml')
    const [found] = diagnostics
    expect(found && text(found)).toContain(words)
    expect([found?.code, found?.file, found?.span ? `${found.span.line}:${found.span.column}` : '']).toEqual([
      code,
      'bad.yaml',
      at,
    ])
  })

  test.each([
    ['missing.yaml', 'there is no such file'],
    ['folder', 'it is a directory, not a file'],
    ['device', 'it is a device or a pipe, not a file'],
  ])('%s', async (path, words) => {
    const io = bundledIo({ 'folder/x.yaml': 'a' })
    const stat: Io['stat'] = async (asked) =>
      asked === 'device' ? { kind: 'other', sizeBytes: 0 } : io.stat(asked)
    const { kind, diagnostics } = await validateConfig({ ...io, stat }, path)
    expect(kind).toBeUndefined()
    expect(diagnostics.map(text)).toEqual([`cannot read: ${words}`])
    expect(diagnostics[0]?.file).toBe(path)
  })
})

describe('findings as a whole', () => {
  test('all mistakes of a file come at once, those across keys too', async () => {
    const bad = MODEL.replace('top_k: 2', 'top_k: 9')
      .replace('hidden: 64', 'width: 64')
      .replace('layers: 4', 'layers: 4.5')
    const { diagnostics } = await validateConfig(bundledIo({ 'bad.yaml': bad }), 'bad.yaml')
    expect(diagnostics.map((d) => d.code).sort()).toEqual([
      'bad-value',
      'conflict',
      'missing-key',
      'unknown-key',
    ])
  })

  test('an experiment reports its own mistakes and those of the files it names', async () => {
    const files = {
      'dir/e.yaml': EXPERIMENT.replace('fse-dp-2x2', './h.yaml').replace('tokens: 64', 'tokens: no'),
      'dir/h.yaml': HARDWARE.replace('mesh', 'mash'),
    }
    const { diagnostics } = await validateConfig(bundledIo(files), 'dir/e.yaml')
    expect(diagnostics.map((d) => `${d.file}:${d.span?.line}`)).toEqual(['dir/e.yaml:3', 'dir/h.yaml:1'])
  })

  test('CRLF and a byte order mark change no position and no line', async () => {
    const bad = `\uFEFF${HARDWARE.replace('activations: sram', 'activations: x').replaceAll('\n', '\r\n')}`
    const { diagnostics } = await validateConfig(bundledIo({ 'bad.yaml': bad }), 'bad.yaml')
    expect(diagnostics[0]?.span).toEqual({ line: 6, column: 14, length: 1, lineText: 'activations: x' })
  })

  test('a JSON file has positions as well', async () => {
    const bad = '{\n  "layers": 4,\n  "experts": 8,\n  "top_k": "2"\n}'
    const { diagnostics } = await validateConfig(bundledIo({ 'm.json': bad }), 'm.json')
    const wrong = diagnostics.find((d) => d.code === 'bad-value')
    expect(wrong?.span).toMatchObject({ line: 4, column: 12, length: 3 })
  })

  test('twenty thousand unknown keys give a readable number of findings, soon', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n')
    const start = process.cpuUsage()
    const { diagnostics } = await validateConfig(bundledIo({ 'm.yaml': `experts: 8\n${many}` }), 'm.yaml')
    expect(diagnostics.filter((d) => d.code === 'unknown-key')).toHaveLength(20)
    // Work, not time: the machine may be busy.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(20)
  })
})
