// Mutants that change nothing anyone could notice, each with the reason.
import type { Mutant } from './mutants.ts'

type Change = readonly [file: string, from: string, to: string]

/** By the reason. */
const EQUIVALENTS: Readonly<Record<string, readonly Change[]>> = {
  'how many dies there are does not depend on the widths of links': [
    [
      'config/hardware/checks.ts',
      'if (memory && topology) checkChannels(memory.channels, dieCount(flatTopology(topology, 1)), report)',
      'if (memory && topology) checkChannels(memory.channels, dieCount(flatTopology(topology, 2)), report)',
    ],
  ],
  'asks once more whether packets wait for each other, when there are none': [
    ['hardware/router-switches.ts', 'private packets = 0', 'private packets = 1'],
  ],
  'equal only at nothing, which takes no time either way': [
    [
      'engine/loop.ts',
      'return Math.abs(exact - nearest) <= 4 * Number.EPSILON * exact ? nearest : Math.ceil(exact)',
      'return Math.abs(exact - nearest) < 4 * Number.EPSILON * exact ? nearest : Math.ceil(exact)',
    ],
  ],
  'behind the end of a typed array nothing is written': [
    [
      'schedulers/hydra/predict.ts',
      'const row = profile.counts.subarray(from * experts, (from + 1) * experts)',
      'const row = profile.counts.subarray(from * experts, (from + 2) * experts)',
    ],
    [
      'trace/formats/arrays/half-float.ts',
      'for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!',
      'for (let i = 0; i <= bits.length; i++) values[i] = table[bits[i]!]!',
    ],
  ],
  'asked of another layer than the one before only': [
    ['trace/formats/layer-jsonl.ts', 'if (layer < this.layer) {', 'if (layer <= this.layer) {'],
  ],
  'a check of its own work, which is right': [
    [
      'schedulers/forecast/allocator.ts',
      `invariant(fromPair === expertTo(work, expert), () => \`the allocator lost tokens of expert \${expert}\`)`,
      '',
    ],
    [
      'sim/deferral/deferral.ts',
      'balance.every((count) => count === 0),',
      'balance.some((count) => count === 0),',
    ],
  ],
  'read only after a line has taken its place': [
    [
      'trace/formats/research-jsonl.ts',
      "let last: Place = { line: 1, text: '' }",
      "let last: Place = { line: 2, text: '' }",
    ],
  ],
  'how much room there is at first, or how much more is made: never too little': [
    [
      'engine/event-heap.ts',
      'private times = new Float64Array(256)',
      'private times = new Float64Array(257)',
    ],
    ['engine/event-heap.ts', 'private keys = new Float64Array(256)', 'private keys = new Float64Array(257)'],
    [
      'engine/event-heap.ts',
      'private payloads = new Int32Array(256)',
      'private payloads = new Int32Array(257)',
    ],
    [
      'engine/event-heap.ts',
      'const capacity = 2 * this.times.length',
      'const capacity = 3 * this.times.length',
    ],
    ['schedulers/predictors/cross-token-map.ts', 'let needed = 0', 'let needed = 1'],
    ['engine/wheel-queue.ts', 'private firsts = new Int32Array(0)', 'private firsts = new Int32Array(1)'],
    ['engine/wheel-queue.ts', 'private keys = new Float64Array(0)', 'private keys = new Float64Array(1)'],
    ['engine/wheel-queue.ts', 'private nexts = new Int32Array(0)', 'private nexts = new Int32Array(1)'],
    ['engine/wheel-queue.ts', 'private payloads = new Int32Array(0)', 'private payloads = new Int32Array(1)'],
    [
      'engine/wheel-queue.ts',
      'const capacity = Math.max(4 * MOST_IN_HEAP, 2 * this.times.length)',
      'const capacity = Math.max(5 * MOST_IN_HEAP, 2 * this.times.length)',
    ],
  ],
  'when the wheel turns and how wide its slots are: how fast it is, not what comes out': [
    ['engine/wheel-queue.ts', 'const MOST_IN_HEAP = 256', 'const MOST_IN_HEAP = 257'],
    ['engine/wheel-queue.ts', 'const EVENTS_PER_SLOT = 4', 'const EVENTS_PER_SLOT = 5'],
    ['engine/wheel-queue.ts', 'sumPs += times[at]!', ''],
    [
      'engine/wheel-queue.ts',
      'if (this.slot === Infinity && this.heap.size > MOST_IN_HEAP) this.spill()',
      'if (this.slot === Infinity && this.heap.size >= MOST_IN_HEAP) this.spill()',
    ],
  ],
  'the same more for whatever is compared': [
    ['schedulers/adaptive/layout.ts', 'let clashes = 0', 'let clashes = 1'],
    ['schedulers/adaptive/parts.ts', 'let ps = 0', 'let ps = 1'],
    [
      'schedulers/ep/stages.ts',
      'const stageOf = ({ from, to }: Send) => (rank[to]! - rank[from]! + places) % places',
      'const stageOf = ({ from, to }: Send) => (rank[to]! - rank[from]! - places) % places',
    ],
    ['schedulers/placements/duplicate.ts', 'let squares = 0', 'let squares = 1'],
  ],
  'within what every knob may be': [
    [
      'trace/synth/generator-spec.ts',
      'checkDepth(spec.structure?.[where as keyof typeof MOST_OF_KNOB] ?? 0, where, most)',
      'checkDepth(spec.structure?.[where as keyof typeof MOST_OF_KNOB] ?? 1, where, most)',
    ],
  ],
  'both sums of a ratio change their sign': [
    [
      'schedulers/adaptive/order.ts',
      'timed.reduce((total, one) => total + of(one) * one.part.slices.length, 0)',
      'timed.reduce((total, one) => total - of(one) * one.part.slices.length, 0)',
    ],
  ],
  'text that begins with the colon has no name, and is refused before': [
    [
      'schedulers/options.ts',
      'if (colon < 0) return { name, options }',
      'if (colon <= 0) return { name, options }',
    ],
    [
      'schedulers/options.ts',
      'if (colon < 0) return { name, options }',
      'if (colon < 1) return { name, options }',
    ],
  ],
  'far above rounding, and far below what loads differ by': [
    [
      'schedulers/placements/search/problem.ts',
      'loads.reduce((sum, load) => sum + Math.max(0, Math.ceil(load / limit - 1e-9) - 1), 0)',
      'loads.reduce((sum, load) => sum + Math.max(0, Math.ceil(load / limit - 1e-10) - 1), 0)',
    ],
    [
      'schedulers/placements/search/optimal.ts',
      'if (most <= least * (1 + 1e-9)) return { layout, bound: most }',
      'if (most <= least * (1 + 1e-10)) return { layout, bound: most }',
    ],
    [
      'schedulers/placements/search/descent.ts',
      'const least = leastMaxLoad(problem) * (1 + 1e-9)',
      'const least = leastMaxLoad(problem) * (1 + 1e-10)',
    ],
    [
      'schedulers/placements/search/mixed-integer.ts',
      'const fewest = loads.map((load) => Math.max(1, Math.ceil(load / limit - 1e-9)))',
      'const fewest = loads.map((load) => Math.max(1, Math.ceil(load / limit - 1e-10)))',
    ],
    [
      'schedulers/placements/search/mixed-integer.ts',
      'const least = total - (devices - 1) * limit * (1 + 1e-9)',
      'const least = total - (devices - 1) * limit * (1 + 1e-10)',
    ],
    ['schedulers/placements/search/state.ts', 'const NOISE = 1e-9', 'const NOISE = 1e-10'],
    ['schedulers/hydra/place.ts', 'const ROUNDING = 1 + 1e-9', 'const ROUNDING = 1 + 1e-10'],
  ],
  'a picosecond is less than any slice takes': [
    [
      'schedulers/forecast/allocator.ts',
      'const reads = this.localReads[die]! + this.readsForOthers[die]! + (more.readsForOthers ?? 0)',
      'const reads = this.localReads[die]! + this.readsForOthers[die]! + (more.readsForOthers ?? 1)',
    ],
    [
      'schedulers/adaptive/pieces.ts',
      'const portPs = llc === undefined ? 0 : llc.missPs + llc.writePs',
      'const portPs = llc === undefined ? 1 : llc.missPs + llc.writePs',
    ],
    [
      'schedulers/adaptive/pieces.ts',
      "const latencyPs = memory.access === 'serial' ? memory.latencyPs / LATENCY_SHARE : 0",
      "const latencyPs = memory.access === 'serial' ? memory.latencyPs / LATENCY_SHARE : 1",
    ],
  ],
  'of no slices it does not matter which expert': [
    [
      'schedulers/adaptive/die-loads.ts',
      'for (let die = 0; die < strains.length; die++) strains[die] = this.strain(die, 0, 0)',
      'for (let die = 0; die < strains.length; die++) strains[die] = this.strain(die, 1, 0)',
    ],
    [
      'schedulers/adaptive/balance.ts',
      'for (const die of Array.from(this.setting.order)) sum += this.loads.strain(die, 0, 0)',
      'for (const die of Array.from(this.setting.order)) sum += this.loads.strain(die, 1, 0)',
    ],
  ],
  'the first has place 0 as it is': [
    [
      'schedulers/work.ts',
      'for (let place = 0; place < dies; place++) rank[dieOrder[place]!] = place',
      'for (let place = 1; place < dies; place++) rank[dieOrder[place]!] = place',
    ],
    [
      'schedulers/ep/streams.ts',
      'for (let place = 0; place < dies; place++) rank[dieOrder[place]!] = place',
      'for (let place = 1; place < dies; place++) rank[dieOrder[place]!] = place',
    ],
  ],
  'what is not worth a look is looked at, and found not to be worth it': [
    ['schedulers/adaptive/balance.ts', 'let isWorthIt = false', 'let isWorthIt = true'],
  ],
  'once round, and back where it began': [
    [
      'schedulers/adaptive/layout.ts',
      'for (let turn = 0; turn < dies && fewest > 0; turn++) {',
      'for (let turn = 0; turn <= dies && fewest > 0; turn++) {',
    ],
  ],
  'nothing comes after the last one': [
    [
      'schedulers/placements/search/balanced.ts',
      'for (let expert = 0; expert < loads.length; expert++) {',
      'for (let expert = 0; expert <= loads.length; expert++) {',
    ],
    [
      'schedulers/placements/search/eplb.ts',
      'for (let expert = 0; expert < loads.length; expert++) {',
      'for (let expert = 0; expert <= loads.length; expert++) {',
    ],
    [
      'schedulers/ep/rebalance.ts',
      'for (let a = 0; a < placeOf.length; a++) {',
      'for (let a = 0; a <= placeOf.length; a++) {',
    ],
    [
      'schedulers/hydra/predict.ts',
      'for (let expert = 0; expert < counts.length; expert++) {',
      'for (let expert = 0; expert <= counts.length; expert++) {',
    ],
  ],
  'one half to the last bit is not drawn': [
    [
      'schedulers/placements/search/descent.ts',
      'const a = random() < 0.5 ? state.fullest : pick(devices)',
      'const a = random() <= 0.5 ? state.fullest : pick(devices)',
    ],
    ['schedulers/placements/search/descent.ts', 'if (random() < 0.5) {', 'if (random() <= 0.5) {'],
  ],
  'written over by what comes next, and behind the end nothing is written': [
    [
      'schedulers/forecast/calendar.ts',
      'pairStart.fill(pairs, expert * dies, (expert + 1) * dies)',
      'pairStart.fill(pairs, expert * dies, (expert + 2) * dies)',
    ],
    [
      'schedulers/forecast/calendar.ts',
      'const pairStart = new Int32Array(experts * dies + 1)',
      'const pairStart = new Int32Array(experts * dies + 2)',
    ],
  ],
  'whether there are kernels is asked again where launches are set up': [
    [
      'schedulers/adaptive/adaptive.ts',
      "if (compute.kind !== 'kernel') return false",
      "if (compute.kind !== 'kernel') return true",
    ],
  ],
  'set before it is read, at the start of each iteration': [
    ['schedulers/fse-dp/naive.ts', 'private expert = -1', 'private expert = -2'],
    ['sim/machine/cached.ts', 'private isFetched = false', 'private isFetched = true'],
    ['sim/machine/cached.ts', 'private bringPs = 0', 'private bringPs = 1'],
    ['sim/machine/cached.ts', 'private corePs = 0', 'private corePs = 1'],
  ],
  'no time at all adds nothing': [
    [
      'sim/machine/cached.ts',
      'if (idlePs > 0 && this.fetched[die]!.has(this.key(expert, slice))) this.counters.stallPs += idlePs',
      'if (idlePs >= 0 && this.fetched[die]!.has(this.key(expert, slice))) this.counters.stallPs += idlePs',
    ],
  ],
  'of what fits exactly nothing is found that has to leave': [
    [
      'sim/machine/replicas.ts',
      'if (this.heldBytes[die]! + bytes > this.budgetBytes) {',
      'if (this.heldBytes[die]! + bytes >= this.budgetBytes) {',
    ],
  ],
  'the wheel turns before it has to, or where nothing is left to come: the heap puts all in order': [
    [
      'engine/wheel-queue.ts',
      'if (heap.size === 0 && this.size > now.size) this.turn()',
      'if (heap.size === 0 || this.size > now.size) this.turn()',
    ],
    [
      'engine/wheel-queue.ts',
      'if (heap.size === 0 && this.size > now.size) this.turn()',
      'if (heap.size === 0 && this.size >= now.size) this.turn()',
    ],
  ],
  'a step that is larger still, and an order that counts from one': [
    ['engine/wheel-queue.ts', 'const RANK_STEP = 2 ** 45', 'const RANK_STEP = 2 ** 46'],
    ['engine/wheel-queue.ts', 'private inserted = 0', 'private inserted = 1'],
  ],
  'asked only whether it is negative': [
    ['trace/formats/csv-rows.ts', 'let id = -1', 'let id = -2'],
    ['schedulers/placements/balance.ts', 'let hottest = -1', 'let hottest = -2'],
    ['schedulers/placements/search/balanced.ts', 'let coldest = -1', 'let coldest = -2'],
    ['schedulers/placements/search/eplb.ts', 'let best = -1', 'let best = -2'],
    ['schedulers/placements/search/eplb.ts', 'let hottest = -1', 'let hottest = -2'],
    [
      'schedulers/adaptive/die-tokens.ts',
      'const batchOf = new Int32Array(tokens).fill(-1)',
      'const batchOf = new Int32Array(tokens).fill(-2)',
    ],
  ],
  'a block more, of no rows, after the last one': [
    [
      'trace/formats/arrays/npy.ts',
      'for (let row = 0; row < rows; row += rowsAtOnce) {',
      'for (let row = 0; row <= rows; row += rowsAtOnce) {',
    ],
  ],
  'made again instead of kept, and the same each time': [
    [
      'schedulers/adaptive/parts.ts',
      'known.set(context.hardware, ofHardware.set(context.model, ofModel))',
      '',
    ],
    ['schedulers/adaptive/parts.ts', 'ofModel.set(key, cut)', ''],
    ['schedulers/adaptive/arrival.ts', 'known.set(topology, ofTopology.set(link, ofLink))', ''],
    ['schedulers/adaptive/arrival.ts', 'ofLink.set(from, latencies)', ''],
    ['schedulers/adaptive/costs.ts', 'computes.set(tokens, ps)', ''],
    ['schedulers/predictors/oracle.ts', 'asked = iteration', ''],
    ['schedulers/predictors/cross-layer.ts', 'asked = known', ''],
    ['trace/synth/token-sampler.ts', 'this.closedBySet[this.openSet] = closed', ''],
  ],
  'no two dies have one rank, and each pair of dies has a key of its own': [
    [
      'schedulers/ep/streams.ts',
      'const key = restingDie * work.dies + target',
      'const key = restingDie * work.dies - target',
    ],
    [
      'schedulers/adaptive/ahead.ts',
      'const key = expert * work.dies + die',
      'const key = expert * work.dies - die',
    ],
    [
      'schedulers/adaptive/balance.ts',
      'return expert * this.setting.dies + die',
      'return expert * this.setting.dies - die',
    ],
    [
      'hardware/topology.ts',
      'if (hops < bestHops || (hops === bestHops && this.rank[candidate]! < this.rank[best]!)) {',
      'if (hops < bestHops || (hops === bestHops && this.rank[candidate]! <= this.rank[best]!)) {',
    ],
    ['hardware/topology.ts', 'const key = from * this.dies + to', 'const key = from * this.dies - to'],
  ],
  'a way between nodes is two links, out of one and into the other; within a node there are none such': [
    [
      'hardware/topology.ts',
      'const isOuter = links.length > 0 && this.layout.isOuter?.(links[0]!) === true',
      'const isOuter = links.length > 0 && this.layout.isOuter?.(links[1]!) === true',
    ],
  ],
  'no two events have one key': [
    [
      'engine/event-heap.ts',
      'if (parentTime < timePs || (parentTime === timePs && keys[parent]! < key)) break',
      'if (parentTime < timePs || (parentTime === timePs && keys[parent]! <= key)) break',
    ],
    [
      'engine/event-heap.ts',
      'if (timePs < childTime || (timePs === childTime && key < keys[child]!)) break',
      'if (timePs < childTime || (timePs === childTime && key <= keys[child]!)) break',
    ],
  ],
  'sums of sixteenth powers are not alike to the last bit': [
    [
      'schedulers/adaptive/balance.ts',
      'return low === most || reliefOf(most) >= reliefOf(low) ? most : low',
      'return low === most || reliefOf(most) > reliefOf(low) ? most : low',
    ],
    [
      'schedulers/adaptive/balance.ts',
      'if (relief > least) moves.push({ group, from, to, count: 1, relief })',
      'if (relief >= least) moves.push({ group, from, to, count: 1, relief })',
    ],
    [
      'schedulers/adaptive/balance.ts',
      'if (strains[from]! - less <= least) continue',
      'if (strains[from]! - less < least) continue',
    ],
  ],
  'the cap is a rounding above what times come to': [
    [
      'schedulers/hydra/place.ts',
      'if (times.ofDie(from) <= limitPs) continue',
      'if (times.ofDie(from) < limitPs) continue',
    ],
    [
      'schedulers/hydra/place.ts',
      '.filter((die) => die !== from && times.with(die, table, expert) <= limitPs)',
      '.filter((die) => die !== from && times.with(die, table, expert) < limitPs)',
    ],
    [
      'schedulers/hydra/place.ts',
      'const fitting = [...order].filter((die) => thenPs[die]! <= limitPs)',
      'const fitting = [...order].filter((die) => thenPs[die]! < limitPs)',
    ],
  ],
  'values of whole numbers are near 0 or 1': [
    [
      'schedulers/placements/search/mixed-integer.ts',
      'choices.some((choice, i) => choice.expert === expert && solved(at(i, device)) > 0.5),',
      'choices.some((choice, i) => choice.expert === expert && solved(at(i, device)) >= 0.5),',
    ],
  ],
  'a number that no link has, or the same for all': [
    [
      'schedulers/adaptive/layer.ts',
      'linkOf: isShared ? () => 0 : (die) => context.topology.route(channelOf(die), die).links[0] ?? -1,',
      'linkOf: isShared ? () => 0 : (die) => context.topology.route(channelOf(die), die).links[0] ?? -2,',
    ],
    [
      'schedulers/adaptive/layer.ts',
      'linkOf: isShared ? () => 0 : (die) => context.topology.route(channelOf(die), die).links[0] ?? -1,',
      'linkOf: isShared ? () => 1 : (die) => context.topology.route(channelOf(die), die).links[0] ?? -1,',
    ],
    [
      'schedulers/adaptive/parts.ts',
      'const linkOf = (die: number) => context.topology.route(channelOf(die), die).links[0] ?? -1',
      'const linkOf = (die: number) => context.topology.route(channelOf(die), die).links[0] ?? -2',
    ],
  ],
  'one look more of so many': [
    ['schedulers/placements/search/mixed-integer.ts', 'let looks = 0', 'let looks = 1'],
    [
      'schedulers/placements/search/mixed-integer.ts',
      'if (++looks > MOST_PATTERNS * 50) return false',
      'if (++looks >= MOST_PATTERNS * 50) return false',
    ],
    [
      'schedulers/adaptive/balance.ts',
      'while (this.loads.evaluations < MOST_EVALUATIONS) {',
      'while (this.loads.evaluations <= MOST_EVALUATIONS) {',
    ],
  ],
  'what has as many clashes as the best is left after one more, too': [
    [
      'schedulers/adaptive/layout.ts',
      'for (let place = 0; place < held.length && clashes < fewest; place++) {',
      'for (let place = 0; place < held.length && clashes <= fewest; place++) {',
    ],
  ],
}

const all = Object.values(EQUIVALENTS).flat()

export const isEquivalent = (mutant: Mutant): boolean =>
  all.some(([file, from, to]) => file === mutant.file && from === mutant.from && to === mutant.to)
