// A timeline as a file: --timeline FILE.json.gz and --timeline-window. Nothing of it is loaded without them.
import type { Experiment } from '../config/experiment/experiment.ts'
import { fail } from '../errors.ts'
import { EVERYTHING, type TimelineWindow } from '../observe/window.ts'
import { exampleQuantity, formatQuantity, parseQuantity } from '../units.ts'
import { assertWritable, writeFile } from './output.ts'
import { Progress } from './progress.ts'
import type { Session } from './session.ts'

export interface TimelineOptions {
  readonly timeline?: string | undefined
  readonly timelineWindow?: string | undefined
}

export const TIMELINE_FLAG = '--timeline <file>'
export const TIMELINE_HELP =
  'also write what each die does when, as Chrome trace events (.json.gz or .json) for Perfetto and speedscope'
export const WINDOW_FLAG = '--timeline-window <from..to>'
export const WINDOW_HELP = 'the part of it to write, such as "0 us..200 us"'

/** What a browser still shows at ease: about 10 MB of gzip. */
const MOST_SLICES = 500_000

/** Fails now rather than after a simulation where a timeline cannot be written. */
export async function assertTimelineOutput(
  session: Session,
  { schedulers }: Experiment,
  options: TimelineOptions,
): Promise<void> {
  const { timeline, timelineWindow } = options
  if (timeline === undefined) {
    if (timelineWindow === undefined) return
    fail('usage', {
      what: '--timeline-window needs --timeline',
      hint: 'say which file to write with --timeline FILE.json.gz',
    })
  }
  if (!/\.json(\.gz)?$/i.test(timeline)) {
    const what = `--timeline writes Chrome trace events, got "${timeline}"`
    fail('usage', { what, hint: 'let its name end in .json.gz or .json' })
  }
  windowOf(timelineWindow)
  const { runsInRow } = await import('../run/layer-row.ts')
  if (schedulers.every(runsInRow)) {
    const ids = schedulers.map(({ id }) => id).join(', ')
    const what = `a timeline of ${ids} cannot be drawn: it reads ahead for the next layer, so layers run interleaved`
    fail('conflict', { what, hint: 'add a scheduler that does not read ahead, or leave out --timeline' })
  }
  await assertWritable(session, timeline)
}

/** Simulates the experiment once more, observed, on this thread. */
export async function writeTimeline(
  session: Session,
  experiment: Experiment,
  { timeline, timelineWindow }: TimelineOptions,
  isQuiet: boolean,
): Promise<void> {
  if (timeline === undefined) return
  const { observe } = await import('../observe/timeline.ts')
  const { chromeEvents } = await import('../report/timeline/chrome.ts')
  const { gzipped } = await import('../trace/formats/native/bytes.ts')
  const progress = await Progress.create(session, isQuiet)
  const hooks = { onTraceRead: progress.traceRead, onProgress: progress.layersDone }
  const observation = await observe(session.io, experiment, hooks, windowOf(timelineWindow), MOST_SLICES)
  const { leftOut, cutShort, schedulers } = observation
  const count = { slices: 0 }
  const text = chromeEvents(observation, count)
  const bytes = /\.gz$/i.test(timeline) ? gzipped(encoded(text)) : encoded(text)
  try {
    await writeFile(session, timeline, bytes, true)
  } finally {
    progress.stop()
  }
  if (isQuiet) return
  session.remark(
    `wrote ${timeline}: ${count.slices} slices; open it at https://ui.perfetto.dev or with npx speedscope`,
  )
  if (experiment.seeds > 1) session.remark(`the timeline is that of seed ${observation.seed} alone`)
  if (leftOut.length > 0)
    session.remark(`not in the timeline, because they read ahead: ${leftOut.join(', ')}`)
  if (cutShort.size > 0) {
    const room = Math.floor(MOST_SLICES / schedulers.length)
    session.remark(
      `the timeline ends after about ${room} slices of ${[...cutShort].join(', ')}: choose another part with --timeline-window "200 us..400 us", or fewer schedulers`,
    )
  }
}

/** `0 us..200 us`; either end may be left out. Throws UserError. */
function windowOf(text: string | undefined): TimelineWindow {
  if (text === undefined) return EVERYTHING
  const [from, to, ...more] = text.split('..').map((part) => part.trim())
  const fromPs = from === '' ? 0 : parseQuantity(from ?? '', 'time')
  const toPs = to === '' ? Number.POSITIVE_INFINITY : parseQuantity(to ?? '', 'time')
  if (typeof fromPs !== 'number' || typeof toPs !== 'number' || more.length > 0) {
    const expected = `two times with units and two dots between them, such as "${formatQuantity(0, 'time')}..${exampleQuantity('time')}"`
    return fail('bad-value', { where: '--timeline-window', expected, got: `"${text}"` })
  }
  if (fromPs >= toPs) {
    return fail('bad-value', {
      where: '--timeline-window',
      expected: 'a window that ends after it begins',
      got: `"${text}"`,
    })
  }
  return { fromPs, toPs }
}

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const piece of text) yield encoder.encode(piece)
}
