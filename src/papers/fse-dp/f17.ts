// Fig. 17: latency over on-chip expert storage and number of micro-slices, Phi-3.5 and Qwen3.
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import type { Lab, Point } from '../lab.ts'
import { allOf, atMost, type Part, tellParts } from '../rules.ts'
import { EP, EP_FAIR, layerLatencyPs, PAIRED, REFERENCE_RATE } from './common.ts'

const CONFIG = 'fse-dp-f17-granularity'
const PHI = 'phi-3.5-moe'
const QWEN = 'qwen3-30b-a3b'
/**
 * Time of control for each micro-slice at each die, in ns: none, and up to what the paper grants its scheduler; and
 * tokens. Neither is published.
 */
const VARIANTS: readonly Variant[] = [
  { controlNs: 0, tokens: 64 },
  { controlNs: 200, tokens: 64 },
  { controlNs: 1000, tokens: 64 },
  { controlNs: 1000, tokens: 256 },
]
/** With more tokens, too, at which the reference code's rate is taken as well. */
const MORE_TOKENS_SETS = [REFERENCE_RATE]
const PLAIN = VARIANTS[0]!
const isSame = (a: Variant, b: Variant) => a.controlNs === b.controlNs && a.tokens === b.tokens

/** Without control at its default; with it, a reading. */
function readingOf({ controlNs, tokens }: Variant): Reading | undefined {
  if (controlNs === PLAIN.controlNs) return undefined
  const isMore = tokens !== PLAIN.tokens
  return {
    name: `control ${controlNs} ns${isMore ? `, ${tokens} tokens, 1024 MAC/cycle` : ''}`,
    settings: `the paper names the control overhead of micro-slices, not its size, and grants its scheduler less than 1 us: ${PAIRED}:control=${controlNs}${isMore ? `; nor does it say for how many tokens: --tokens ${tokens}; the reference code takes twice the time of Table I for a multiply-accumulate: --set ${REFERENCE_RATE}` : ''}`,
  }
}

/** Storage of a die in experts, and the one at which numbers of micro-slices are compared. */
const STORAGE = [0.5, 0.75, 1, 1.5, 2, 3]
const STORAGE_QUICK = [0.5, 1, 2]
const COMPARED_STORAGE = 1
/** The number of micro-slices at which sizes of storage are compared. */
const COMPARED_SLICES = 8
const SLICES = [2, 3, 4, 5, 6, 8, 9, 10, 12, 16, 20, 24, 32, 48, 64]
const SLICES_QUICK = [2, 4, 8, 16, 32, 64]
/** Two latencies this near are the same. */
const SAME = 0.01

interface Variant {
  readonly controlNs: number
  readonly tokens: number
}

interface Cell extends Variant {
  readonly model: string
  readonly storage: number
  readonly slices: number
  readonly latencyPs: number
}

interface Study {
  readonly cells: readonly Cell[]
  readonly points: ReadonlyMap<string, Point>
  readonly baselines: readonly {
    readonly model: string
    readonly tokens: number
    readonly id: string
    readonly latencyPs: number
  }[]
}

export const f17: Figure = {
  title: 'latency over on-chip storage and number of micro-slices (Fig. 17)',
  async run(lab): Promise<FigureResult> {
    const study = await measureStudy(lab)
    return {
      rows: [
        ...[PHI, QWEN].flatMap((model) => VARIANTS.map((variant) => fewRow(study, model, variant))),
        ...VARIANTS.map((variant) => shapeRow(study, variant)),
      ],
      tables: [sliceTable(study), mapTable(study)],
      notes: [
        `${lab.pick('layers 8, 16 and 24', 'QUICK: layer 16 alone instead of 8, 16 and 24')}, one routing, 64 tokens and, with control, 256 (at 1024 MAC/cycle); slots = storage x micro-slices, rounded down; control of 0, 200 and 1000 ns for each micro-slice at each die, as its value is not published (the paper says that a decision takes less than 1 us)${lab.pick('', '; 6 numbers of micro-slices and 3 sizes of storage instead of 15 and 6')}`,
      ],
    }
  },
}

async function measureStudy(lab: Lab): Promise<Study> {
  const cells: Cell[] = []
  const baselines: Study['baselines'][number][] = []
  const points = new Map<string, Point>()
  for (const model of [PHI, QWEN]) {
    for (const tokens of new Set(VARIANTS.map((variant) => variant.tokens))) {
      const settings = VARIANTS.filter((variant) => variant.tokens === tokens).flatMap((variant) =>
        settingsOf(lab, variant),
      )
      const schedulers = [...settings.map(schedulerText), EP, EP_FAIR]
      const flags = { model, tokens: `${tokens}`, schedulers, ...lab.pick({}, { layers: '16' }) }
      const point = await lab.load(CONFIG, { flags, sets: setsOf(tokens) })
      const [measured] = await lab.measure([point])
      const ids = point.experiment.schedulers.map(({ id }) => id)
      const latencyPs = (id: string) => layerLatencyPs(measured!, id, point)
      for (const [i, setting] of settings.entries())
        cells.push({ model, ...setting, latencyPs: latencyPs(ids[i]!) })
      points.set(model, point)
      for (const id of [EP, EP_FAIR]) baselines.push({ model, tokens, id, latencyPs: latencyPs(id) })
    }
  }
  return { cells, points, baselines }
}

const setsOf = (tokens: number) => (tokens === PLAIN.tokens ? [] : MORE_TOKENS_SETS)

/** The whole map for the plain setting; of readings what their rows compare. */
function settingsOf(lab: Lab, variant: Variant) {
  return lab
    .pick(STORAGE, STORAGE_QUICK)
    .flatMap((storage) =>
      lab
        .pick(SLICES, SLICES_QUICK)
        .map((slices) => ({ ...variant, storage, slices, slots: Math.floor(storage * slices) })),
    )
    .filter(({ slots }) => slots >= 2)
    .filter(
      ({ storage, slices }) =>
        isSame(variant, PLAIN) || storage === COMPARED_STORAGE || slices === COMPARED_SLICES,
    )
}

function schedulerText({ slices, slots, controlNs }: { slices: number; slots: number; controlNs: number }) {
  return `${PAIRED}:slices=${slices},slots=${slots},control=${controlNs}`
}

/** One model's latencies by number of micro-slices, with the compared storage. */
function curve({ cells }: Study, model: string, variant: Variant): Cell[] {
  return cells.filter(
    (cell) => cell.model === model && isSame(cell, variant) && cell.storage === COMPARED_STORAGE,
  )
}

const lowest = (cells: readonly Cell[]) => Math.min(...cells.map(({ latencyPs }) => latencyPs))

/** The fewest micro-slices that are as good as any number. */
function preferred(cells: readonly Cell[]): number {
  return cells.find(({ latencyPs }) => latencyPs <= (1 + SAME) * lowest(cells))!.slices
}

/** The number of micro-slices from which on all numbers are worse than the best; Infinity where there is none. */
function hurtFrom(cells: readonly Cell[]): number {
  const lastGood = cells.findLastIndex(({ latencyPs }) => latencyPs <= (1 + SAME) * lowest(cells))
  return cells[lastGood + 1]?.slices ?? Number.POSITIVE_INFINITY
}

function commandOf({ points }: Study, model: string, variant: Variant): string {
  const scheduler = `${PAIRED}:slices=<M>,slots=<M>${variant.controlNs === 0 ? '' : `,control=${variant.controlNs}`}`
  const { seed } = points.get(model)!.experiment
  return `${CONFIG} --model ${model} --tokens ${variant.tokens} --scheduler ${scheduler} --seed ${seed}${setsOf(
    variant.tokens,
  )
    .map((set) => ` --set ${set}`)
    .join('')}, for every number M of micro-slices`
}

function fewRow(study: Study, model: string, variant: Variant): Row {
  const cells = curve(study, model, variant)
  const ours = preferred(cells)
  return {
    id: `F17-few-${model}-${suffixOf(variant)}`,
    claim: 'H6',
    reading: readingOf(variant),
    what: `preferred number of micro-slices, ${model}, control ${variant.controlNs} ns`,
    config: commandOf(study, model, variant),
    published: { text: 'fewer than 10', value: null },
    ours: { value: ours, unit: 'count' },
    judgement: atMost(ours, 9, 16),
    reason: `the fewest within 1 % of the lowest latency, ${ms(lowest(cells))}, storage of one expert on each die`,
    detail: `latency by micro-slices: ${cells.map(({ slices, latencyPs }) => `${slices}: ${ms(latencyPs)}`).join(', ')}`,
  }
}

const ms = (ps: number) => `${(ps / 1e9).toFixed(2)} ms`

const suffixOf = ({ controlNs, tokens }: Variant) =>
  tokens === PLAIN.tokens ? `${controlNs}` : `${controlNs}-${tokens}`

/** Q10. */
function shapeRow(study: Study, variant: Variant): Row {
  const of = (model: string) => curve(study, model, variant)
  const above = (cell: Cell) => cell.latencyPs > (1 + SAME) * lowest(of(cell.model))
  const spread = (model: string) => {
    const sizes = study.cells.filter(
      (cell) => cell.model === model && isSame(cell, variant) && cell.slices === COMPARED_SLICES,
    )
    return Math.max(...sizes.map(({ latencyPs }) => latencyPs)) / lowest(sizes)
  }
  const parts: Part[] = [
    {
      demand: 'in both models 2 micro-slices are worse than the best number',
      holds: [PHI, QWEN].every((model) => above(of(model)[0]!)),
    },
    {
      demand: 'in both models 64 are worse than the best number',
      holds: [PHI, QWEN].every((model) => above(of(model).at(-1)!)),
    },
    { demand: 'Qwen3 is hurt by fewer than Phi', holds: hurtFrom(of(QWEN)) < hurtFrom(of(PHI)) },
    {
      demand: 'storage changes the latency of Phi more than that of Qwen3',
      holds: spread(PHI) > spread(QWEN),
    },
  ]
  const hurt = (model: string) => (Number.isFinite(hurtFrom(of(model))) ? `${hurtFrom(of(model))}` : 'none')
  return {
    id: `F17-shape-${suffixOf(variant)}`,
    claim: 'Q10',
    reading: readingOf(variant),
    what: `latency of 64 micro-slices over the best, Qwen3, control ${variant.controlNs} ns`,
    config: commandOf(study, QWEN, variant),
    published: { text: 'more micro-slices help, then hurt', value: null },
    ours: { value: of(QWEN).at(-1)!.latencyPs / lowest(of(QWEN)), unit: 'ratio' },
    judgement: allOf(parts),
    reason: `worse than the best from so many on: Phi ${hurt(PHI)}, Qwen3 ${hurt(QWEN)}; highest over lowest latency among sizes of storage: Phi ${spread(PHI).toFixed(2)}, Qwen3 ${spread(QWEN).toFixed(2)}`,
    detail: tellParts(parts),
  }
}

function sliceTable(study: Study): DataTable {
  const curves = [PHI, QWEN].flatMap((model) =>
    VARIANTS.map((variant) => ({ model, ...variant, cells: curve(study, model, variant) })),
  )
  const baseline = (model: string, tokens: number, id: string) =>
    study.baselines.find((one) => one.model === model && one.tokens === tokens && one.id === id)!.latencyPs
  return {
    name: 'slices',
    title: 'latency by number of micro-slices, storage of one expert on each die',
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'control', unit: 'ns' },
      ...curves[0]!.cells.map(({ slices }) => ({ name: `${slices}`, unit: 'ps' })),
      { name: EP, unit: 'ps' },
      { name: EP_FAIR, unit: 'ps' },
    ],
    rows: curves.map(({ model, tokens, controlNs, cells }) => [
      model,
      tokens,
      controlNs,
      ...cells.map(({ latencyPs }) => latencyPs),
      baseline(model, tokens, EP),
      baseline(model, tokens, EP_FAIR),
    ]),
  }
}

function mapTable({ cells }: Study): DataTable {
  return {
    name: 'map',
    title: 'latency',
    isPrinted: false,
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'control', unit: 'ns' },
      { name: 'storage of a die', unit: 'experts' },
      { name: 'micro-slices' },
      { name: 'latency', unit: 'ps' },
    ],
    rows: cells.map(({ model, tokens, controlNs, storage, slices, latencyPs }) => [
      model,
      tokens,
      controlNs,
      storage,
      slices,
      latencyPs,
    ]),
  }
}
