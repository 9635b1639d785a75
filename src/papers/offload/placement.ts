// Which experts lie on the GPUs: KTransformers' four placements with 0 to 100 % of them, token/s as measured and as simulated.
import { invariant } from '../../errors.ts'
import { spearman } from '../../trace/statistics/ranks.ts'
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import { pct } from '../measured.ts'
import { allOf, atLeast, near, type Part, tellParts } from '../rules.ts'
import { PLACEMENTS, type PlacementName, THROUGHPUTS } from './published.ts'
import { CONFIG, type Served, serve, throughput } from './served-request.ts'

/** What the three fitted constants of the hardware rest on; other rows are judged. */
const FITTED_ON: Readonly<Record<string, string>> = {
  '0 random': 'bandwidth of the cores',
  '0 uniform': 'bandwidth of the cores',
  '0 frequency': 'bandwidth of the cores',
  '0 dynamic': 'bandwidth of the cores',
  '0.5 random': 'hand-over to the cores',
  '0.5 uniform': 'hand-over to the cores',
  '1 random': 'start-up of operations',
  '1 uniform': 'start-up of operations',
  '1 frequency': 'start-up of operations',
  '1 dynamic': 'start-up of operations',
}
const BAND = { pass: 0.2, partly: 0.3 }
const LEAST_CORRELATION = 0.8
const PS_PER_US = 1e6

/** What a prompt's renewal of the placement is taken to cost. */
interface Copies {
  /** Of the ids of rows. */
  readonly suffix: string
  readonly reading?: Reading
}
const FREE: Copies = { suffix: '' }
const COPIED: Copies = {
  suffix: '-copied',
  reading: {
    name: 'every placed expert is copied',
    settings:
      'after each prompt dynamic copies all experts that it places, there before or not, as KTransformers’ public code does: each at one start-up of a copy from the host and the bandwidth of the GPUs, added to the simulated time. Charged after it had been seen that dynamic stays ahead with 90 % where copies are free',
  },
}

export const placement: Figure = {
  title: 'which experts lie on the GPUs: KTransformers on four RTX 4090 and a Xeon (Qwen3-Next-80B-A3B)',
  async run(lab): Promise<FigureResult> {
    const cells: Served[] = []
    for (const { share } of THROUGHPUTS) {
      // Where none or all lie on the GPUs it does not matter which.
      const isMixed = share > 0 && share < 1
      const served = await serve(lab, share, isMixed ? PLACEMENTS : ['uniform'])
      cells.push(
        ...PLACEMENTS.map((placement) => ({ ...(servedBy(served, placement) ?? served[0]!), placement })),
      )
    }
    const mixed = THROUGHPUTS.filter(({ share }) => share > 0 && share < 1)
    const free = cells.map((cell) => ({ ...cell, copyPs: 0 }))
    return {
      rows: [
        ...free.map((cell) => throughputRow(cell, FREE)),
        ...mixed.map(({ share }) => orderRow(free, share, FREE)),
        flipRow(free, FREE),
        ...cells.filter(({ copies }) => copies > 0).map((cell) => throughputRow(cell, COPIED)),
        ...mixed.map(({ share }) => orderRow(cells, share, COPIED)),
        flipRow(cells, COPIED),
      ],
      tables: [servedTable(cells)],
      notes: notes(
        lab.pick(
          '8 of 48 layers, 96 of 338 steps of the answer',
          'QUICK: 4 of 48 layers, 48 of 338 steps of the answer',
        ),
      ),
    }
  },
}

const servedBy = (served: readonly Served[], placement: PlacementName) =>
  served.find((one) => one.placement === placement)

function cellAt(cells: readonly Served[], share: number, placement: PlacementName): Served {
  const found = cells.find((cell) => cell.share === share && cell.placement === placement)
  invariant(found !== undefined, () => `nothing was served with ${placement} at ${share}`)
  return found
}

const studyOf = (share: number) => THROUGHPUTS.find((study) => study.share === share)!
const percentOf = (share: number) => `${100 * share} %`

function throughputRow(cell: Served, { suffix, reading }: Copies): Row {
  const { share, placement, point, id, hitRate, promptPs, answerPs, copies, copyPs } = cell
  const study = studyOf(share)
  const published = study.throughput[placement]
  const ours = throughput(cell)
  const fitted = FITTED_ON[`${share} ${placement}`]
  const times = [
    `prompt ${(promptPs / 1e9).toFixed(0)} ms`,
    `answer ${(answerPs / 1e12).toFixed(2)} s`,
    ...(copies > 0 && copyPs > 0 ? [`${copies} copies ${((copies * copyPs) / 1e9).toFixed(0)} ms`] : []),
  ]
  const difference = `${pct(ours / published - 1)} from the measured ${published}`
  return {
    id: `placement-${100 * share}-${placement}${suffix}`,
    claim: 'throughput',
    reading,
    what: `${percentOf(share)} of experts on the GPUs, ${placement}`,
    config: point.commandFor(id),
    published: {
      text: `${published} token/s (G${study.firstRow + PLACEMENTS.indexOf(placement)})`,
      value: published,
    },
    ours: { value: ours, unit: 'token/s' },
    judgement: fitted === undefined ? near(ours, published, BAND) : null,
    reason:
      fitted === undefined
        ? `${difference}; ${pct(hitRate)} of uses on the GPUs`
        : `not judged: ${fitted} fitted to it; ${difference}`,
    detail: `Of a request: ${times.join(', ')}; ${pct(hitRate)} of uses on the GPUs`,
  }
}

function orderRow(cells: readonly Served[], share: number, { suffix, reading }: Copies): Row {
  const { throughput: published } = studyOf(share)
  const ours = PLACEMENTS.map((placement) => throughput(cellAt(cells, share, placement)))
  const correlation = spearman(
    ours,
    PLACEMENTS.map((placement) => published[placement]),
  )
  invariant(correlation !== undefined, 'all placements are as fast')
  const told = (of: (placement: PlacementName) => number) =>
    PLACEMENTS.toSorted((a, b) => of(a) - of(b)).join(' < ')
  return {
    id: `placement-order-${100 * share}${suffix}`,
    claim: 'order',
    reading,
    what: `rank correlation of the placements, ${percentOf(share)} on the GPUs`,
    config: `${CONFIG} with each placement`,
    published: { text: told((placement) => published[placement]), value: null },
    ours: { value: correlation, unit: 'rank correlation' },
    judgement: atLeast(correlation, LEAST_CORRELATION, LEAST_CORRELATION / 2),
    reason: `ours ${told((placement) => ours[PLACEMENTS.indexOf(placement)]!)}`,
  }
}

/** How much of frequency's throughput dynamic has. */
function dynamicOverFrequency(cells: readonly Served[], share: number): number {
  return throughput(cellAt(cells, share, 'dynamic')) / throughput(cellAt(cells, share, 'frequency'))
}

function partsOfFlip(cells: readonly Served[]): Part[] {
  const at = (share: number) => dynamicOverFrequency(cells, share)
  return [
    { demand: 'dynamic before frequency with 10 %', holds: at(0.1) > 1 },
    { demand: 'with 50 %', holds: at(0.5) > 1 },
    { demand: 'behind it with 90 %', holds: at(0.9) < 1 },
  ]
}

/** Judged by its order alone: the throughputs themselves have rows of their own. */
function flipRow(cells: readonly Served[], { suffix, reading }: Copies): Row {
  const { copyPs } = cellAt(cells, 0.9, 'dynamic')
  const { throughput: measured } = studyOf(0.9)
  const parts = partsOfFlip(cells)
  return {
    id: `placement-flip${suffix}`,
    claim: 'order',
    reading,
    what: 'dynamic over frequency with 90 % on the GPUs',
    config: `${CONFIG} with each placement`,
    published: {
      text: `${(measured.dynamic / measured.frequency).toFixed(2)}x; with 10 and 50 % above 1x`,
      value: null,
    },
    ours: { value: dynamicOverFrequency(cells, 0.9), unit: 'ratio' },
    judgement: allOf(parts),
    reason: `${tellParts(parts)}. The order turns where a copy takes ${us(evenCopyPs(cells, 0.9))} to ${us(evenCopyPs(cells, 0.5))}; ${us(copyPs)} are charged`,
    detail:
      'A prompt knows which experts its own answer wants, which the past does not; a copy of each of them after every prompt costs more the more lie on the GPUs. KTransformers copies four tensors for each, and one start-up is charged',
  }
}

/** What a copy may take for dynamic to be as fast as frequency. */
function evenCopyPs(cells: readonly Served[], share: number): number {
  const frequency = cellAt(cells, share, 'frequency')
  const dynamic = cellAt(cells, share, 'dynamic')
  const sparePs = frequency.promptPs + frequency.answerPs - dynamic.promptPs - dynamic.answerPs
  return Math.max(0, sparePs / dynamic.copies)
}

const us = (ps: number) => `${(ps / PS_PER_US).toFixed(1)} us`

function servedTable(cells: readonly Served[]): DataTable {
  return {
    name: 'requests',
    title: 'a request, by where its time goes',
    isPrinted: true,
    columns: [
      { name: 'on the GPUs', unit: 'share' },
      { name: 'placement' },
      { name: 'uses on the GPUs', unit: 'share' },
      { name: 'prompt', unit: 'ps' },
      { name: 'answer', unit: 'ps' },
      { name: 'copies', unit: 'ps' },
      { name: 'measured', unit: 'token/s' },
      { name: 'ours, copies free', unit: 'token/s' },
      { name: 'ours', unit: 'token/s' },
    ],
    rows: cells.map((cell) => [
      ...[cell.share, cell.placement, cell.hitRate, cell.promptPs, cell.answerPs],
      ...[cell.copies * cell.copyPs, studyOf(cell.share).throughput[cell.placement]],
      ...[throughput({ ...cell, copyPs: 0 }), throughput(cell)],
    ]),
  }
}

function notes(extent: string): string[] {
  return [
    `${extent}; prompts of 161 tokens, one request at a time; throughput is answer tokens over the time of the whole request, prompt included, which was chosen after decoding alone had been looked at as well`,
    'three constants of rtx-4090-x4-host are fitted: start-up of operations (rows G134-G137), bandwidth of the cores (G118-G121), hand-over to them (G126, G127); the other ten rows are judged',
    'routing is generated and knows nothing of these rows: skew 0.7 from DeepSeek-V3’s counts in decoding, drift 0.69 from their rank correlation of 0.71 with those of prefill, affinity 1.3 and reuse 0.3 from the exact hit rates on Kimi-Linear (G171-G175)',
    'random and uniform: cache-profile=random over all layers and in each; frequency: what 31 requests before used most; with 0 % one expert of each layer stays, and with 0 and 100 % the four are one run, as they are within 2 % of each other in the study',
    'dynamic as KTransformers’ public code has it: a prompt is computed on the GPUs, which fetch what it needs; then each layer keeps as many experts as before, those that the prompt used most (cache-profile=prompt); what copying them costs is a reading',
  ]
}
