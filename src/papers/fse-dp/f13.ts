// Fig. 13: what each die does over time (receive, DDR load, compute, send) under FSE-DP with paired loads.
import { buildTopology } from '../../hardware/topology.ts'
import type { Span } from '../../sim/probe.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import type { Point } from '../lab.ts'
import { atLeast } from '../rules.ts'
import { type Interval, lengthPs, merged, overlapPs, SpanRecorder } from '../spans.ts'
import { EP, EP_FAIR, mean, PAIRED, pct } from './common.ts'

const CONFIG = 'fse-dp-f13-timeline'
const LAYER = 16
const ACTIVITIES = ['receive', 'load', 'compute', 'send'] as const
/** Bounds the size of the file; what is beyond is said, not dropped in silence. */
const MOST_INTERVALS = 20_000

type Activity = (typeof ACTIVITIES)[number]

interface Timeline {
  readonly id: string
  readonly latencyPs: number
  /** By die: the time in which it is at each activity, at least once over. */
  readonly dies: readonly Readonly<Record<Activity, readonly Interval[]>>[]
}

export const f13: Figure = {
  title: 'what each die does over time, Qwen3, 256 tokens (Fig. 13)',
  async run(lab): Promise<FigureResult> {
    const point = await lab.load(CONFIG)
    const { dies } = buildTopology(point.experiment.hardware.topology)
    const timelines: Timeline[] = []
    for (const { id } of point.experiment.schedulers) {
      const recorder = new SpanRecorder()
      const metrics = await lab.observe(point, id, LAYER, recorder)
      timelines.push({ id, latencyPs: metrics.latency!.value, dies: activitiesOf(recorder.spans, dies) })
    }
    const paired = timelines.find(({ id }) => id === PAIRED)!
    const count = intervalRows(paired).length
    const cut =
      count > MOST_INTERVALS ? `; the first ${MOST_INTERVALS} of ${count} intervals are written` : ''
    return {
      rows: [overlapRow(timelines, point)],
      tables: [shareTable(timelines), intervalTable(paired)],
      notes: [
        `layer ${LAYER}, one routing; intervals of one activity that touch are drawn together${cut}; a send or receive lasts from its start to its last byte`,
      ],
    }
  },
}

function activitiesOf(spans: readonly Span[], dies: number): Timeline['dies'] {
  const of = (isOwn: (span: Span) => boolean) => merged(spans.filter(isOwn))
  return Array.from({ length: dies }, (_, die) => ({
    receive: of((span) => span.kind === 'send' && span.peer === die),
    load: of((span) => span.kind === 'load' && span.die === die),
    compute: of((span) => span.kind === 'compute' && span.die === die),
    send: of((span) => span.kind === 'send' && span.die === die),
  }))
}

/** Share of a die's compute time in which its memory channel loads, mean over the dies. */
function loadingWhileComputing({ dies }: Timeline): number {
  return mean(dies.map(({ compute, load }) => overlapPs(compute, load) / lengthPs(compute)))
}

/** The flow fusion of section IV: loads go on while dies compute. */
function overlapRow(timelines: readonly Timeline[], point: Point): Row {
  const of = (id: string) => loadingWhileComputing(timelines.find((timeline) => timeline.id === id)!)
  const ours = of(PAIRED)
  return {
    id: 'F13-overlap',
    what: `compute time in which the die's memory channel loads, ${PAIRED}`,
    config: point.command,
    published: { text: 'loads join the flow while dies compute', value: null },
    ours: { value: ours, unit: 'share' },
    judgement: atLeast(ours, 0.75, 0.5, pct),
    reason: `${EP} ${pct(of(EP))}, ${EP_FAIR} ${pct(of(EP_FAIR))}; the figure itself states no number`,
  }
}

function shareTable(timelines: readonly Timeline[]): DataTable {
  return {
    name: 'shares',
    title: 'share of the layer in which a die is at an activity',
    isPrinted: true,
    columns: [
      { name: 'scheduler' },
      { name: 'die' },
      ...ACTIVITIES.map((name) => ({ name, unit: 'share' })),
      { name: 'none of them', unit: 'share' },
    ],
    rows: timelines.flatMap(({ id, latencyPs, dies }) =>
      dies.map((activities, die) => [
        id,
        die,
        ...ACTIVITIES.map((activity) => lengthPs(activities[activity]) / latencyPs),
        1 - lengthPs(merged(ACTIVITIES.flatMap((activity) => activities[activity]))) / latencyPs,
      ]),
    ),
  }
}

function intervalRows({ dies }: Timeline): (string | number)[][] {
  return dies
    .flatMap((activities, die) =>
      ACTIVITIES.flatMap((activity) =>
        activities[activity].map(({ startPs, endPs }) => [die, activity, startPs, endPs] as const),
      ),
    )
    .sort((a, b) => a[2] - b[2] || a[0] - b[0])
    .map((row) => [...row])
}

function intervalTable(timeline: Timeline): DataTable {
  return {
    name: 'intervals',
    title: `activity of every die under ${timeline.id}`,
    isPrinted: false,
    columns: [
      { name: 'die' },
      { name: 'activity' },
      { name: 'start', unit: 'ps' },
      { name: 'end', unit: 'ps' },
    ],
    rows: intervalRows(timeline).slice(0, MOST_INTERVALS),
  }
}
