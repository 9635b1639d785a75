// The five schemes on recorded routing of Llama 4 Maverick, with the paper's idealizations and without (not in the paper).
import { fail } from '../../errors.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import type { Lab, Point } from '../lab.ts'
import { metric } from '../measured.ts'
import { BASE, type Case, CONFIG, decodeGain, EP, hopReduction, MESHES, SCHEMES } from './cases.ts'
import { ratioAmount, times } from './common.ts'

const MODEL = 'llama-4-maverick'
/** As many as the data set's part that is stored has. */
const REQUESTS = 91
const STEPS = 127
const SETTINGS = ['paper', 'physical'] as const
const SHOWN = [BASE, EP, ...SCHEMES]

interface Setting extends Case {
  readonly compat: string
}

export const llama4: Figure = {
  title: 'the five schemes on recorded routing of Llama 4 (not in the paper)',
  needsTrace: true,
  async run(lab): Promise<FigureResult> {
    const settings = await measureSettings(lab)
    return {
      rows: settings.flatMap((one) => [EP, ...SCHEMES].map((id) => gainRow(one, id))),
      tables: settings.map(settingTable),
      notes: [
        `${REQUESTS} recorded requests in lock step, ${STEPS} decode steps, ${lab.pick('all layers', 'QUICK: 2 sampled layers')}; an expert gets less than one token a step on average, so that everything is a matter of reading weights`,
        'the paper has batches of 4096 and more: --requests 4096 --resample draws the recorded requests again, which repeats their choices',
      ],
    }
  },
}

async function measureSettings(lab: Lab): Promise<Setting[]> {
  const { trace } = lab.options
  if (trace === undefined) {
    fail('usage', {
      what: 'figure llama4 needs recorded routing of Llama 4 Maverick',
      hint: 'give its folder with --trace',
    })
  }
  const names = MESHES.flatMap((mesh) => SETTINGS.map((compat) => ({ mesh, compat })))
  const points: Point[] = []
  for (const { mesh, compat } of names) {
    const flags = {
      ...{ model: MODEL, hardware: mesh, trace, requests: `${REQUESTS}`, decodeSteps: `${STEPS}` },
      layers: lab.pick('all', 'sample:2'),
    }
    points.push(await lab.load(CONFIG, { flags, sets: [`compat=${compat}`] }))
  }
  const measured = await lab.measure(points)
  return names.map((name, i) => ({
    ...name,
    model: MODEL,
    batch: REQUESTS,
    point: points[i]!,
    measured: measured[i]!,
  }))
}

function gainRow(one: Setting, id: string): Row {
  const ours = decodeGain(one, id)
  return {
    id: `llama4-${one.compat}-${one.mesh}-${id}`,
    what: `gain of ${id} over ${BASE}, ${one.mesh}, compat=${one.compat}`,
    config: one.point.commandFor(BASE, id),
    published: null,
    ours: ratioAmount(ours),
    judgement: null,
    reason: `${times(metric(one.measured, id, 'boundRatio'))} of its ${one.measured.get(id)!.boundBy} bound, prompts included`,
  }
}

function settingTable(one: Setting): DataTable {
  const { mesh, compat, measured } = one
  return {
    name: `${compat}-${mesh}`,
    title: `${MODEL}, ${REQUESTS} recorded requests, ${mesh}, compat=${compat}`,
    isPrinted: true,
    columns: [
      { name: 'scheme' },
      { name: 'decode', unit: 'ps' },
      { name: `over ${BASE}`, unit: 'ratio' },
      { name: `over ${EP}`, unit: 'ratio' },
      { name: 'hop reduction', unit: 'ratio' },
      { name: 'remote read', unit: 'B' },
      { name: 'written', unit: 'B' },
      { name: 'replicas', unit: 'count' },
    ],
    rows: SHOWN.map((id) => [
      id,
      metric(measured, id, 'latencyDecode'),
      decodeGain(one, id).value,
      decodeGain(one, id, EP).value,
      metric(measured, id, 'hops') === 0 ? 'no hops' : hopReduction(one, id).value,
      metric(measured, id, 'memoryReadRemote'),
      metric(measured, id, 'memoryWrite'),
      metric(measured, id, 'replicas'),
    ]),
  }
}
