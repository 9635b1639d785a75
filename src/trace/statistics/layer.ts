// The statistics of one layer of a trace with tokens, and of its step to the next layer.
import { randomStream } from '../../engine/random.ts'
import { type Batches, setBatches } from './batches.ts'
import { candidateCount } from './chance.ts'
import { MeasureSheet } from './measure.ts'
import { shuffledSlots, shuffledWithin } from './nulls.ts'
import { hotPairCount, hotPairShare, hottestPairRatio, pairCounts } from './pairs.ts'
import { mapSimilarity, type PhaseRows, setPhaseLoads } from './phases.ts'
import { shareOfLargest } from './ranks.ts'
import type { LayerStatistics } from './result.ts'
import { setReuse } from './reuse.ts'
import { hottestExpert, setSkew } from './skew.ts'
import { setTasks, sharedExperts, type TaskGroup, type TaskTable } from './tasks.ts'
import { countsOf, type TokenRows } from './token-rows.ts'
import { conditionalMass, coverageOf, successorCounts, type TablePair } from './transitions.ts'

/** What all layers of a source share. */
export interface LayerContext {
  readonly experts: number
  readonly topK: number
  readonly rows: TokenRows
  readonly halves: { readonly fit: Int32Array; readonly evaluation: Int32Array }
  readonly batches: readonly Batches[]
  readonly tasks: TaskTable | undefined
  /** Selections [expert] of so many tokens that choose uniformly. */
  readonly uniformCounts: (tokens: number) => Float64Array
  readonly seed: number
}

/** `next`: the table of the next MoE layer of the model; absent where the trace has it not. */
export function layerStatistics(
  context: LayerContext,
  layer: number,
  table: Uint16Array,
  next: Uint16Array | undefined,
): LayerStatistics {
  const { experts, topK, rows } = context
  const sheet = new MeasureSheet()
  const random = randomStream(context.seed, `trace-statistics/layer-${layer}`)
  const counts = {
    all: countsOf(table, rows.all, context),
    prefill: countsOf(table, rows.prefill, context),
    decode: countsOf(table, rows.decode, context),
  }
  const nulls = {
    all: shuffledWithin([rows.all], random),
    phases: rows.hasBothPhases ? shuffledWithin([rows.prefill, rows.decode], random) : undefined,
  }
  setSkew(sheet, counts.all, context.uniformCounts(rows.tokens), topK, 'all')
  if (rows.hasBothPhases) {
    for (const phase of ['prefill', 'decode'] as const) {
      setSkew(sheet, counts[phase], context.uniformCounts(rows[phase].length), topK, phase)
    }
    setPhaseLoads(sheet, counts, {
      prefill: countsOf(table, at(nulls.all, rows.prefill), context),
      decode: countsOf(table, at(nulls.all, rows.decode), context),
    })
  }
  setReuse(sheet, table, rows, context)
  setNextToken(sheet, { from: table, to: table, experts, topK }, rows, nulls)
  if (next !== undefined) setNextLayer(sheet, { from: table, to: next, experts, topK }, context, nulls)
  if (topK > 1) setPairs(sheet, table, context, random)
  setBatches(sheet, table, context.batches, rows.decode.length > 0 ? counts.decode : counts.all, context)
  const taskGroups = groupsOf(sheet, table, context, nulls.all)
  return {
    layer,
    selections: table.length,
    hottestExpert: hottestExpert(counts.all),
    measures: sheet.measures,
    ...(taskGroups && { taskGroups }),
    ...(taskGroups && taskGroups.length > 1 && { sharedExperts: sharedExperts(taskGroups) }),
  }
}

/** For each row the row that takes its place: among all, and among those of its phase where there are two. */
interface Nulls {
  readonly all: Int32Array
  readonly phases: Int32Array | undefined
}

const at = (places: Int32Array, rows: Int32Array) => rows.map((row) => places[row]!)
const after = (rows: Int32Array) => rows.map((row) => row + 1)

/** S2, and S3 of the same maps. */
function setNextToken(sheet: MeasureSheet, pair: TablePair, rows: TokenRows, nulls: Nulls): void {
  const followed = rows.followed('all')
  const counts = successorCounts(pair, followed, after(followed))
  const shuffled = successorCounts(pair, at(nulls.all, followed), at(nulls.all, after(followed)))
  setMass(sheet, 'cross-token-mass', pair.experts, counts, shuffled)
  const { phases } = nulls
  if (phases === undefined) return
  const phaseRows = (place: (rows: Int32Array) => Int32Array): PhaseRows => {
    const pairs = (from: Int32Array) => [place(from), place(after(from))] as const
    return { prefill: pairs(rows.followed('prefill')), decode: pairs(rows.followed('decode')) }
  }
  sheet.set(
    'phase-spearman-cross-token',
    mapSimilarity(
      pair,
      phaseRows((own) => own),
    ),
    {
      uniform: 0,
      shuffled: mapSimilarity(
        pair,
        phaseRows((own) => at(phases, own)),
      ),
    },
  )
}

/** S1, its held-out form, S3 of the same maps, and the concentration of pairs over the two layers. */
function setNextLayer(sheet: MeasureSheet, pair: TablePair, context: LayerContext, nulls: Nulls): void {
  const { experts } = pair
  const { rows, halves } = context
  const counts = successorCounts(pair, rows.all, rows.all)
  const shuffled = successorCounts(pair, rows.all, nulls.all)
  setMass(sheet, 'cross-layer-mass', experts, counts, shuffled)
  const { fit } = halves
  const fitMass = conditionalMass(successorCounts(pair, fit, fit), experts)
  sheet.set('cross-layer-mass-fit', fitMass?.allRows, {
    uniform: candidateCount(experts) / experts,
    popularity: fitMass?.popularity,
    shuffled: conditionalMass(successorCounts(pair, fit, at(nulls.all, fit)), experts)?.allRows,
  })
  const coverage = coverageOf(pair, halves)
  sheet.set('cross-layer-coverage', coverage?.observed, {
    uniform: candidateCount(experts) / experts,
    popularity: coverage?.popularity,
  })
  const hot = hotPairCount(experts * experts)
  sheet.set('adjacent-pair-share', shareOfLargest(counts, hot), {
    uniform: hot / (experts * experts),
    shuffled: shareOfLargest(shuffled, hot),
  })
  const { phases } = nulls
  if (phases === undefined) return
  const phaseRows = (place: (rows: Int32Array) => Int32Array): PhaseRows => ({
    prefill: [rows.prefill, place(rows.prefill)],
    decode: [rows.decode, place(rows.decode)],
  })
  sheet.set(
    'phase-spearman-cross-layer',
    mapSimilarity(
      pair,
      phaseRows((own) => own),
    ),
    {
      uniform: 0,
      shuffled: mapSimilarity(
        pair,
        phaseRows((own) => at(phases, own)),
      ),
    },
  )
}

function setMass(
  sheet: MeasureSheet,
  id: 'cross-layer-mass' | 'cross-token-mass',
  experts: number,
  counts: Float64Array,
  shuffledCounts: Float64Array,
): void {
  const mass = conditionalMass(counts, experts)
  const shuffled = conditionalMass(shuffledCounts, experts)
  const uniform = candidateCount(experts) / experts
  const popularity = mass?.popularity
  sheet.set(id, mass?.allRows, { uniform, popularity, shuffled: shuffled?.allRows })
  sheet.set(`${id}-top1`, mass?.top1Row, { uniform, popularity, shuffled: shuffled?.top1Row })
}

/** S8. */
function setPairs(
  sheet: MeasureSheet,
  table: Uint16Array,
  { experts, topK }: LayerContext,
  random: () => number,
): void {
  const counts = pairCounts(table, experts, topK)
  const shuffled = pairCounts(shuffledSlots(table, topK, random), experts, topK)
  sheet.set('pair-affinity-max', hottestPairRatio(counts), { shuffled: hottestPairRatio(shuffled) })
  sheet.set('pair-share', hotPairShare(counts), {
    uniform: hotPairCount(counts.length) / counts.length,
    shuffled: hotPairShare(shuffled),
  })
}

/** S7. */
function groupsOf(
  sheet: MeasureSheet,
  table: Uint16Array,
  context: LayerContext,
  places: Int32Array,
): TaskGroup[] | undefined {
  const { tasks, rows } = context
  if (tasks === undefined) return undefined
  const counts = tasks.tasks.map(() => new Float64Array(context.experts))
  const dealt = tasks.tasks.map(() => new Float64Array(context.experts))
  for (const [index, { start, end }] of rows.requests.entries()) {
    const own = rows.all.subarray(start, end)
    add(counts[tasks.taskOfRequest[index]!]!, countsOf(table, own, context))
    add(dealt[tasks.taskOfRequest[index]!]!, countsOf(table, at(places, own), context))
  }
  return setTasks(sheet, tasks, counts, dealt)
}

function add(sum: Float64Array, more: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!
}
