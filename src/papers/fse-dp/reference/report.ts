// What figure `reference` says: its rows and tables, made of latencies.
import type { DataTable, Row } from '../../figure.ts'
import { atLeast, atMost, near } from '../../rules.ts'
import { FSE_DP, PAIRED, pct } from '../common.ts'
import type { ChannelUse } from './channels.ts'
import type { ReferenceCase, ReferenceSchedule } from './results.ts'
import { CONFIG } from './steps.ts'

const RUN = `${CONFIG} --model <model> --tokens <tokens> --trace <its trace>`

/** One schedule of the reference simulator on one batch. Times in ps. */
export interface Comparison {
  readonly model: string
  readonly tokens: number
  readonly schedule: ReferenceSchedule
  readonly referencePs: number
  readonly oursAtPaperRatePs: number
  readonly oursPs: number
  /** Ours after each step towards theirs. */
  readonly stepsPs: readonly number[]
}

/** All schedules on one batch, and how ours use the memory channels. */
export interface BatchResult {
  readonly of: ReferenceCase
  readonly comparisons: readonly Comparison[]
  readonly channels: readonly ChannelUse[]
}

const difference = (ps: number, { referencePs }: Comparison) => ps / referencePs - 1

/** The worst difference as it is, and the worst that is left after all steps. */
export function scheduleRows(comparisons: readonly Comparison[], steps: readonly string[]): Row[] {
  const { name, column, ours } = comparisons[0]!.schedule
  const row = (suffix: string, what: string, psOf: (one: Comparison) => number, limits: [number, number]) => {
    const differences = comparisons.map((one) => difference(psOf(one), one))
    const worst = Math.max(...differences.map(Math.abs))
    return {
      id: `REF-${column.replaceAll('_', '-')}${suffix}`,
      what: `largest difference of ${ours} from its "${name}"${what}`,
      config: RUN,
      published: null,
      ours: { value: worst, unit: 'share' },
      judgement: atMost(worst, ...limits, pct),
      reason: `${comparisons.length} batches, from ${points(Math.min(...differences))} % to ${points(Math.max(...differences))} %`,
    }
  }
  const asItIs = row('', '', ({ oursPs }) => oursPs, [0.05, 0.15])
  const left = row('-left', ', its causes put in', ({ stepsPs }) => stepsPs.at(-1)!, [0.02, 0.05])
  return [{ ...asItIs, reason: `${asItIs.reason}. ${stepSizes(comparisons, steps)}` }, left]
}

/** What each step changes, in percentage points of the reference's latency. */
function stepSizes(comparisons: readonly Comparison[], steps: readonly string[]): string {
  const sizes = steps.map((step, s) => {
    const changes = comparisons.map(
      ({ stepsPs, oursPs, referencePs }) => (stepsPs[s]! - (stepsPs[s - 1] ?? oursPs)) / referencePs,
    )
    return `${step} from ${points(Math.min(...changes))} to ${points(Math.max(...changes))}`
  })
  return `Causes, in percentage points: ${sizes.join('; ')}`
}

const points = (share: number) => (100 * share).toFixed(1).replace(/^-0\.0$/, '0.0')

/** That ours lasts as long as its channels read. */
export function channelRow(channels: readonly ChannelUse[]): Row {
  const least = Math.min(...channels.map(({ fullest }) => fullest))
  const means = channels.map((use) => use.mean)
  return {
    id: 'REF-channels',
    what: `least time that the fullest channel reads, of the latency of ${FSE_DP} and ${PAIRED}`,
    config: RUN,
    published: null,
    ours: { value: least, unit: 'share' },
    judgement: atLeast(least, 0.98, 0.9, pct),
    reason: `the fullest channel decides the latency, and the others are as full: all channels together read ${pct(Math.min(...means))} to ${pct(Math.max(...means))} of the time`,
  }
}

export function channelTable(batches: readonly BatchResult[]): DataTable {
  return {
    name: 'channels',
    title: 'time that memory channels read in ours, of the latency of the layer',
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'ours' },
      { name: 'fullest channel', unit: 'share' },
      { name: 'mean of all', unit: 'share' },
    ],
    rows: batches.flatMap(({ of, channels }) =>
      channels.map(({ id, fullest, mean }) => [of.model, of.tokens, id, fullest, mean]),
    ),
  }
}

/** Geometric mean of the ratio of two schedules over all batches, theirs and ours. */
export function gainRow(
  comparisons: readonly Comparison[],
  id: string,
  what: string,
  of: string,
  over: string,
): Row {
  const ratio = (psOf: (one: Comparison) => number) => {
    const logs = (name: string) =>
      comparisons.filter(({ schedule }) => schedule.name === name).map((one) => Math.log(psOf(one)))
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    return Math.exp((sum(logs(over)) - sum(logs(of))) / logs(over).length)
  }
  const theirs = ratio(({ referencePs }) => referencePs)
  const ours = ratio(({ oursPs }) => oursPs)
  return {
    id,
    what: `gain of ${what}, geometric mean`,
    config: RUN,
    published: { text: `${theirs.toFixed(3)}x (its simulator)`, value: theirs },
    ours: { value: ours, unit: 'ratio' },
    judgement: near(ours, theirs),
    reason: `with the causes put in ${ratio(({ stepsPs }) => stepsPs.at(-1)!).toFixed(3)}x; at 2048 MAC/cycle ${ratio(({ oursAtPaperRatePs }) => oursAtPaperRatePs).toFixed(3)}x`,
  }
}

export function stepTable(
  name: string,
  family: string,
  comparisons: readonly Comparison[],
  steps: readonly string[],
): DataTable {
  return {
    name,
    title: `${family}: latency of the layer, the difference from the reference simulator, and what is left of it after each step towards it`,
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'its schedule' },
      { name: 'ours is' },
      { name: 'reference', unit: 'ps' },
      { name: 'ours, 2048 MAC', unit: 'ps' },
      { name: 'ours', unit: 'ps' },
      { name: 'difference', unit: 'share' },
      ...steps.map((step) => ({ name: step, unit: 'share' })),
    ],
    rows: comparisons.map((one) => [
      one.model,
      one.tokens,
      one.schedule.name,
      one.schedule.ours,
      one.referencePs,
      one.oursAtPaperRatePs,
      one.oursPs,
      difference(one.oursPs, one),
      ...one.stepsPs.map((ps) => difference(ps, one)),
    ]),
  }
}
