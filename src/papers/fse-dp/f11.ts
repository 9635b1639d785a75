// Fig. 11: utilization of one layer over time; FSE-DP's is said to fluctuate much less than EP's and Hydra's.
import { buildTopology } from '../../hardware/topology.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import type { Lab, Point } from '../lab.ts'
import { atMost } from '../rules.ts'
import { busyPerBin, SpanRecorder, variation } from '../spans.ts'
import { EP, EP_FAIR, FSE_DP, HYDRA, PAIRED } from './common.ts'

const CONFIG = 'fse-dp-f11-utilization'
const MODELS = ['deepseek-moe-16b', 'qwen3-30b-a3b']
const LAYER = 16
/** Of the longest of the compared runs. */
const BINS = 100
/** Fluctuation is measured between these shares of each run: start and end are ramps under any schedule. */
const FROM = 0.1
const TO = 0.9
/** "Much less": half. */
const MUCH = 0.5

interface Course {
  readonly model: string
  readonly id: string
  readonly point: Point
  readonly latencyPs: number
  readonly binPs: number
  /** Share of all dies that compute, per bin. */
  readonly utilization: readonly number[]
  /** Standard deviation over mean of the utilization between FROM and TO of the run. */
  readonly fluctuation: number
}

export const f11: Figure = {
  title: 'utilization of a layer over time (Fig. 11)',
  async run(lab): Promise<FigureResult> {
    const courses: Course[] = []
    for (const model of MODELS) courses.push(...(await coursesOf(lab, model)))
    const rows = MODELS.flatMap((model) => [
      calmerRow(courses, model, [EP, HYDRA], ''),
      calmerRow(courses, model, [EP_FAIR], '-fair'),
    ])
    return {
      rows,
      tables: [summaryTable(courses), courseTable(courses)],
      notes: [
        `layer ${LAYER}, one routing; utilization in bins of a hundredth of the longest run; fluctuation = standard deviation over mean of the bins between ${100 * FROM} and ${100 * TO} % of each run`,
      ],
    }
  },
}

async function coursesOf(lab: Lab, model: string): Promise<Course[]> {
  const point = await lab.load(CONFIG, { flags: { model } })
  const { dies } = buildTopology(point.experiment.hardware.topology)
  const runs: { id: string; recorder: SpanRecorder; latencyPs: number }[] = []
  for (const { id } of point.experiment.schedulers) {
    const recorder = new SpanRecorder()
    const metrics = await lab.observe(point, id, LAYER, recorder)
    runs.push({ id, recorder, latencyPs: metrics.latency!.value })
  }
  const binPs = Math.max(...runs.map(({ latencyPs }) => latencyPs)) / BINS
  return runs.map(({ id, recorder, latencyPs }) => {
    const bins = Math.ceil(latencyPs / binPs)
    const utilization = [...busyPerBin(recorder.of('compute'), binPs, bins)].map((busy) => busy / dies)
    // Whole bins inside the window: the last bin of a run is rarely full.
    const inside = utilization.slice(
      Math.ceil((FROM * latencyPs) / binPs),
      Math.floor((TO * latencyPs) / binPs),
    )
    return { model, id, point, latencyPs, binPs, utilization, fluctuation: variation(inside) }
  })
}

/** Q4. */
function calmerRow(
  courses: readonly Course[],
  model: string,
  baselines: readonly string[],
  suffix: string,
): Row {
  const of = (id: string) => courses.find((course) => course.model === model && course.id === id)!
  const own = Math.max(of(FSE_DP).fluctuation, of(PAIRED).fluctuation)
  const others = baselines.map((id) => of(id).fluctuation)
  const ours = own / Math.min(...others)
  return {
    id: `F11-${model}${suffix}`,
    claim: 'Q4',
    what: `fluctuation of FSE-DP over that of ${baselines.join(', ')}, ${model}`,
    config: of(PAIRED).point.command,
    published: { text: 'fluctuates much less', value: null },
    ours: { value: ours, unit: 'ratio' },
    judgement: atMost(ours, MUCH, 1),
    reason: `${courses
      .filter((course) => course.model === model)
      .map(({ id, fluctuation }) => `${id} ${fluctuation.toFixed(3)}`)
      .join(', ')}; the larger one of the two FSE-DP schedules against the calmest of the baselines`,
  }
}

function summaryTable(courses: readonly Course[]): DataTable {
  return {
    name: 'fluctuation',
    title: 'utilization of the layer and its fluctuation',
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'scheduler' },
      { name: 'latency', unit: 'ps' },
      { name: 'mean utilization', unit: 'share' },
      { name: 'fluctuation' },
    ],
    rows: courses.map(({ model, id, latencyPs, binPs, utilization, fluctuation }) => [
      model,
      id,
      latencyPs,
      (utilization.reduce((sum, share) => sum + share, 0) * binPs) / latencyPs,
      fluctuation,
    ]),
  }
}

function courseTable(courses: readonly Course[]): DataTable {
  return {
    name: 'courses',
    title: 'utilization over time',
    isPrinted: false,
    columns: [
      { name: 'model' },
      { name: 'scheduler' },
      { name: 'bin start', unit: 'ps' },
      { name: 'utilization', unit: 'share' },
    ],
    rows: courses.flatMap(({ model, id, binPs, utilization }) =>
      utilization.map((share, bin) => [model, id, Math.round(bin * binPs), share]),
    ),
  }
}
