// FSE-DP's reference simulator beside ours on its own traces, and what every difference is made of.
import { fail } from '../../../errors.ts'
import type { Figure, FigureResult } from '../../figure.ts'
import type { Lab } from '../../lab.ts'
import { FSE_DP, metric, PAIRED } from '../common.ts'
import { openBatch } from './batch.ts'
import { type ChannelUse, channelUse } from './channels.ts'
import {
  type BatchResult,
  type Comparison,
  channelRow,
  channelTable,
  gainRow,
  scheduleRows,
  stepTable,
} from './report.ts'
import {
  EP,
  EP_FAIR,
  EP_SCHEDULES,
  FSE_SCHEDULES,
  type ReferenceCase,
  type ReferenceSchedule,
  readReferenceCases,
} from './results.ts'
import { CONFIG, EP_STEPS, epSteps, FSE_STEPS, fseSteps } from './steps.ts'

/** The machine of the paper's Table I; the experiment has the reference simulator's. */
const PAPER_HARDWARE = 'fse-dp-2x2'

export const reference: Figure = {
  title: 'the reference simulator beside ours, on its traces (not in the paper)',
  needsTrace: true,
  async run(lab): Promise<FigureResult> {
    const folder = lab.options.trace
    if (folder === undefined) {
      fail('usage', {
        what: 'figure reference needs the traces that the reference simulator ran',
        hint: 'give their folder with --trace; configs/reference/fse-dp/README.md describes them',
      })
    }
    const batches: BatchResult[] = []
    for (const one of await readReferenceCases(lab.io)) batches.push(await compare(lab, folder, one))
    const comparisons = batches.flatMap((batch) => batch.comparisons)
    const of = (schedules: readonly ReferenceSchedule[]) =>
      comparisons.filter(({ schedule }) => schedules.includes(schedule))
    return {
      rows: [
        ...EP_SCHEDULES.flatMap((schedule) => scheduleRows(of([schedule]), EP_STEPS)),
        ...FSE_SCHEDULES.flatMap((schedule) => scheduleRows(of([schedule]), FSE_STEPS)),
        channelRow(batches.flatMap(({ channels }) => channels)),
        gainRow(comparisons, 'REF-prefetch', 'one prefetch slot in EP (B2)', 'EP 3 slots', 'EP'),
        gainRow(comparisons, 'REF-speedup', `${PAIRED} over ${EP}`, 'FSE-DP-paired', 'EP'),
        gainRow(comparisons, 'REF-fair', `${PAIRED} over ${EP_FAIR}`, 'FSE-DP-paired', 'EP 3 slots'),
      ],
      tables: [
        stepTable('ep', 'EP', of(EP_SCHEDULES), EP_STEPS),
        stepTable('fse-dp', 'FSE-DP', of(FSE_SCHEDULES), FSE_STEPS),
        channelTable(batches),
      ],
      notes: NOTES,
    }
  },
}

const NOTES = [
  'the reference simulator’s times are frames x 150 ns, measured on generated routing of its own format, one layer each; they are not numbers of the paper, and known to be bent by its defects (B1 to B16)',
  'ours: fse-dp-2x2-reference, with its 1024 MAC/cycle; "2048 MAC" is fse-dp-2x2, the machine of Table I. Each step keeps those before it',
  '"experts dealt alike": theirs deals the active experts to the dies in turn, ours all experts in blocks, whichever are active (simulated with experts renumbered)',
  '"one channel for all": ours, like theirs, has every expert behind all four channels; that they end at different times is taken away (simulated with one channel four times as fast)',
  '"SEQUENTIAL striping": theirs fills channel after channel, the fullest decides (simulated with the bandwidth of the channels that hold active experts, the fullest full; FSE-DP alone)',
  '"whole frames": every load and compute takes whole frames of 150 ns (simulated with rates that much lower)',
  '"token moves": a token takes 5 frames and gathering begins when the expert is there (by formula); "their D2D": no contention, and the last micro-slice makes three hops of a whole matrix each, empty dies too (links made free, the hops by formula)',
  'B1, B7, B8 and B10 are within what is left; the others concern Hydra, plots, or what neither models',
]

async function compare(lab: Lab, folder: string, of: ReferenceCase): Promise<BatchResult> {
  const batch = await openBatch(lab, CONFIG, folder, of)
  const point = await lab.load(CONFIG, { flags: batch.flags })
  const [measured, atPaperRate] = await lab.measure([
    point,
    await lab.load(CONFIG, { flags: { ...batch.flags, hardware: PAPER_HARDWARE } }),
  ])
  const comparison = (schedule: ReferenceSchedule, stepsPs: readonly number[]): Comparison => ({
    model: of.model,
    tokens: of.tokens,
    schedule,
    referencePs: of.latencyPs.get(schedule.column)!,
    oursPs: metric(measured!, schedule.ours, 'latency'),
    oursAtPaperRatePs: metric(atPaperRate!, schedule.ours, 'latency'),
    stepsPs,
  })
  const fse = await fseSteps(lab, batch)
  const comparisons = FSE_SCHEDULES.map((schedule) => comparison(schedule, fse.get(schedule.column)!))
  for (const schedule of EP_SCHEDULES) {
    comparisons.push(comparison(schedule, await epSteps(lab, batch, schedule.ours)))
  }
  const channels: ChannelUse[] = []
  for (const id of [FSE_DP, PAIRED]) channels.push(await channelUse(lab, point, id, batch.layer))
  return { of, comparisons, channels }
}
