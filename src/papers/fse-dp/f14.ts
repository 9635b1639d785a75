// Fig. 14: end to end, with attention: throughput of EP, Hydra, FSE-DP, and FSE-DP with token buffering.
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import type { Lab, Measured, Point } from '../lab.ts'
import { allOf, type Part, tellParts } from '../rules.ts'
import {
  EP,
  EP_FAIR,
  HYDRA,
  HYDRA_FAIR,
  MODELS,
  metric,
  PAIRED,
  pairBuffered,
  pct,
  speedup,
} from './common.ts'

const CONFIG = 'fse-dp-f14-end-to-end'
/** [code]: few and many, and the requests that they come from. */
const FEW = 64
const MANY = 256
const MANY_REQUESTS = 32
const SLACKS = [10, 20, 30]
const buffered = (slack: number) => `${PAIRED}:buffering=${slack}`
const SCHEDULERS = [EP, EP_FAIR, HYDRA, HYDRA_FAIR, PAIRED, ...SLACKS.map(buffered)]
/**
 * What else "buffering" may mean: pairs of token and expert that wait, as in the reference code; or requests that wait
 * until their expert is warm, paused in turn, with more requests at work than tokens, so that others take their places.
 */
const WAITS: readonly Wait[] = [
  {
    name: 'pairs wait until their expert is warm',
    suffix: '-pairs',
    settings: `the reference code holds back single pairs of token and expert: ${pairBuffered(10)}`,
    buffered: pairBuffered,
    concurrent: () => undefined,
  },
  {
    name: 'requests wait until their expert is warm, twice as many as tokens',
    suffix: '-warm',
    settings: `the paper does not say when a paused request goes on, nor how many there are: ${buffered(10)},buffering-resume=warm,buffering-stagger=true with --set workload.concurrent=<twice the tokens>`,
    buffered: (slack) => `${buffered(slack)},buffering-resume=warm,buffering-stagger=true`,
    concurrent: (tokens) => 2 * tokens,
  },
]
/** Of the comparison of models, which needs no buffering: their order of FFN shares does not hang on more. */
const MODEL_SCHEDULERS = [EP, EP_FAIR, PAIRED]
/** The shortest and the longest context that Q8 is tried with; the paper gives none. */
const CONTEXTS = [128, 32_768]
const PHI = 'phi-3.5-moe'
/** What counts as a gain: less is the noise of one routing. */
const NET = 0.01

interface Wait {
  readonly name: string
  readonly suffix: string
  readonly settings: string
  readonly buffered: (slack: number) => string
  readonly concurrent: (tokens: number) => number | undefined
}

interface Run {
  readonly tokens: number
  readonly point: Point
  readonly measured: Measured
}

interface ModelRun {
  readonly model: string
  readonly point: Point
  readonly measured: Measured
}

export const f14: Figure = {
  title: 'end to end, with attention and token buffering (Fig. 14)',
  async run(lab): Promise<FigureResult> {
    const runs = await measureBuffering(lab)
    const waiting: Row[] = []
    for (const wait of WAITS) waiting.push(bufferingRow(await measureBuffering(lab, wait), wait))
    const models = await measureModels(lab)
    const limited = [limitedRow(models)]
    for (const context of CONTEXTS) limited.push(limitedRow(await measureModels(lab, context), context))
    return {
      rows: [bufferingRow(runs), ...waiting, ...limited],
      tables: [throughputTable(runs), modelTable(models)],
      notes: [
        lab.pick(
          'buffering: Yuan with all layers, 50 iterations instead of 100; models: 4 sampled layers, 2 iterations, 64 tokens',
          'QUICK: buffering: Yuan of 3 layers instead of 24, 12 iterations instead of 100; models: 2 sampled layers, 1 iteration, 64 tokens. The fewer layers, the more one pause of a request weighs in its forward pass',
        ),
        'the paper gives neither its attention model, nor context lengths, nor when an expert is cold, nor its models in this figure',
      ],
    }
  },
}

/** A reading is run in a shorter form: 8 layers, 20 iterations. */
async function measureBuffering(lab: Lab, wait?: Wait): Promise<Run[]> {
  const schedulers = wait === undefined ? SCHEDULERS : [PAIRED, ...SLACKS.map(wait.buffered)]
  const iterations = lab.pick(wait === undefined ? {} : { iterations: '20' }, { iterations: '12' })
  const layers = lab.pick(wait === undefined ? [] : ['model.layers=8'], ['model.layers=3'])
  const runs: Run[] = []
  const points: Point[] = []
  for (const tokens of [FEW, MANY]) {
    const concurrent = wait?.concurrent(tokens) ?? (tokens === MANY ? MANY_REQUESTS : undefined)
    const sets = concurrent === undefined ? layers : [...layers, `workload.concurrent=${concurrent}`]
    points.push(await lab.load(CONFIG, { flags: { schedulers, ...iterations, tokens: `${tokens}` }, sets }))
  }
  const measured = await lab.measure(points)
  for (const [i, tokens] of [FEW, MANY].entries())
    runs.push({ tokens, point: points[i]!, measured: measured[i]! })
  return runs
}

async function measureModels(lab: Lab, context?: number): Promise<ModelRun[]> {
  const sets = context === undefined ? [] : [`end_to_end.context=${context}`]
  const points: Point[] = []
  for (const model of MODELS) {
    const layers = lab.pick('sample:4', 'sample:2')
    const flags = {
      model,
      tokens: `${FEW}`,
      iterations: lab.pick('2', '1'),
      layers,
      schedulers: MODEL_SCHEDULERS,
    }
    points.push(await lab.load(CONFIG, { flags, sets }))
  }
  const measured = await lab.measure(points)
  return MODELS.map((model, i) => ({ model, point: points[i]!, measured: measured[i]! }))
}

/** Q7. */
function bufferingRow(runs: readonly Run[], wait?: Wait): Row {
  const idOf = wait?.buffered ?? buffered
  const of = (tokens: number) => runs.find((run) => run.tokens === tokens)!
  const throughput = (tokens: number, id: string) => metric(of(tokens).measured, id, 'throughput')
  const gains = (tokens: number) =>
    SLACKS.map((slack) => throughput(tokens, idOf(slack)) / throughput(tokens, PAIRED) - 1)
  const [ten, twenty, thirty] = gains(MANY) as [number, number, number]
  const moderate = Math.max(ten, twenty)
  const parts: Part[] = [
    { demand: `with ${MANY} tokens 10 or 20 % gain at least 1 %`, holds: moderate >= NET },
    { demand: `with ${MANY} tokens 30 % is worse than the better of them`, holds: thirty < moderate },
    { demand: `with ${FEW} tokens nothing gains 1 %`, holds: Math.max(...gains(FEW)) < NET },
  ]
  const told = [FEW, MANY].map((tokens) => `${tokens} tokens ${gains(tokens).map(pct).join(', ')}`)
  return {
    id: `F14-buffering${wait?.suffix ?? ''}`,
    claim: 'Q7',
    reading: wait && { name: wait.name, settings: wait.settings },
    what: `best gain of throughput from 10 or 20 % buffering, ${MANY} tokens`,
    config: of(MANY).point.commandFor(PAIRED, ...SLACKS.map(idOf)),
    published: { text: 'moderate slack helps, too much hurts', value: null },
    ours: { value: moderate, unit: 'share' },
    judgement: allOf(parts),
    reason: `gains of 10, 20 and 30 %: ${told.join('; ')}`,
    detail: `${tellParts(parts)}. ${runs.map((run) => tellBatch(run, idOf)).join('; ')}`,
  }
}

/** Buffering changes the batch: how many tokens an iteration has then, and the room that they take. */
function tellBatch({ tokens, measured }: Run, idOf: (slack: number) => string): string {
  const each = [PAIRED, ...SLACKS.map(idOf)].map((id) => {
    const perIteration = measured.get(id)?.metrics.tokensPerIteration?.value ?? tokens
    return `${perIteration.toFixed(1)} in ${(metric(measured, id, 'peakSramTokens') / 1e6).toFixed(2)} MB`
  })
  return `tokens per iteration and their SRAM with ${tokens} tokens, unbuffered and with 10, 20 and 30 %: ${each.join(', ')}`
}

/** Share of the time of EP that routed experts take. */
const ffnShare = ({ measured }: ModelRun) =>
  metric(measured, EP, 'latencyMoe') / metric(measured, EP, 'latency')
const moeSpeedup = ({ measured }: ModelRun) =>
  metric(measured, EP, 'latencyMoe') / metric(measured, PAIRED, 'latencyMoe')

function contextReading(context: number): Reading {
  return {
    name: `context ${context}`,
    settings: `the paper gives no context, which decides the share of attention: --set end_to_end.context=${context}`,
  }
}

/** Q8. */
function limitedRow(models: readonly ModelRun[], context?: number): Row {
  const reading: Reading | undefined = context === undefined ? undefined : contextReading(context)
  const phi = models.find(({ model }) => model === PHI)!
  const others = models.filter((run) => run !== phi)
  const endToEnd = (run: ModelRun) => speedup(run.measured, PAIRED, EP)
  const parts: Part[] = [
    {
      demand: 'the routed experts of Phi take the smallest share of the time',
      holds: others.every((run) => ffnShare(run) > ffnShare(phi)),
    },
    {
      demand: 'Phi gains least end to end',
      holds: others.every((run) => endToEnd(run) > endToEnd(phi)),
    },
    {
      demand: 'Phi gains less end to end than in its routed experts',
      holds: endToEnd(phi) < moeSpeedup(phi),
    },
  ]
  return {
    id: `F14-limited${context === undefined ? '' : `-${context}`}`,
    claim: 'Q8',
    reading,
    what: `end-to-end speedup of ${PAIRED} over ${EP}, Phi, ${FEW} tokens`,
    config: phi.point.command,
    published: { text: 'limited where the FFN share is small (Phi)', value: null },
    ours: { value: endToEnd(phi), unit: 'ratio' },
    judgement: allOf(parts),
    reason: `share of routed experts and speedup: ${models.map((run) => `${run.model} ${pct(ffnShare(run))}, ${endToEnd(run).toFixed(2)}x`).join('; ')}`,
    detail: `${tellParts(parts)}. A share s of the time that becomes x times as fast gives 1 / (1 - s + s / x): the speedups of the routed experts are ${models.map((run) => `${run.model} ${moeSpeedup(run).toFixed(2)}x`).join(', ')}`,
  }
}

function throughputTable(runs: readonly Run[]): DataTable {
  return {
    name: 'throughput',
    title: 'end-to-end throughput',
    isPrinted: true,
    columns: [
      { name: 'scheduler' },
      ...runs.flatMap(({ tokens }) => [
        { name: `${tokens} tokens`, unit: 'token/s' },
        { name: `over ${EP}, ${tokens} tokens`, unit: 'ratio' },
        { name: `over ${EP_FAIR}, ${tokens} tokens`, unit: 'ratio' },
        { name: `pauses, ${tokens} tokens` },
      ]),
    ],
    rows: SCHEDULERS.map((id) => [
      id,
      ...runs.flatMap(({ measured }) => [
        metric(measured, id, 'throughput'),
        speedup(measured, id, EP),
        speedup(measured, id, EP_FAIR),
        measured.get(id)?.metrics.deferrals?.value ?? 0,
      ]),
    ]),
  }
}

function modelTable(models: readonly ModelRun[]): DataTable {
  return {
    name: 'models',
    title: `routed experts' share of the time under ${EP}, and speedup of ${PAIRED}`,
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'share of routed experts', unit: 'share' },
      { name: `routed experts, over ${EP}`, unit: 'ratio' },
      { name: `end to end, over ${EP}`, unit: 'ratio' },
      { name: `end to end, over ${EP_FAIR}`, unit: 'ratio' },
    ],
    rows: models.map((run) => [
      run.model,
      ffnShare(run),
      moeSpeedup(run),
      speedup(run.measured, PAIRED, EP),
      speedup(run.measured, PAIRED, EP_FAIR),
    ]),
  }
}
