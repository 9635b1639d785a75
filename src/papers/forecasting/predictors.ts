// What each predictor is worth: retention on the wafer, reading ahead on FSE-DP's package (not in the paper).
import { namesOf } from '../../schedulers/options.ts'
import { predictors as table } from '../../schedulers/predictors/table.ts'
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import type { Measured, Point } from '../lab.ts'
import { metric, pct } from '../measured.ts'
import { ratioAmount, times } from './common.ts'

const WAFER = 'forecasting-dojo'
const PACKAGE = 'forecast-on-fse-dp'
type Name = keyof typeof table
const NAMES = namesOf(table)
const NOTHING = '-'

/** One machine, and the scheduler that a predictor drives there. */
interface Setting {
  readonly name: string
  readonly title: string
  readonly idOf: (predictor: Name) => string
  readonly point: Point
  readonly measured: Measured
}

export const predictors: Figure = {
  title: 'predictors: coverage, precision, bytes in vain, time saved (not in the paper)',
  async run(lab): Promise<FigureResult> {
    const retained = (predictor: string) => `pred-only:predictor=${predictor}`
    const ahead = (predictor: string) =>
      predictor === 'none'
        ? 'forecast-prefetch:predictor=none'
        : `forecast-prefetch:ahead=7,predictor=${predictor}`
    const wafer = await lab.load(WAFER, {
      flags: {
        schedulers: NAMES.map(retained),
        decodeSteps: lab.pick('32', '8'),
        layers: lab.pick('sample:2', 'sample:1'),
      },
      sets: ['compat=physical', `generator.decode_tokens=${lab.pick(32, 8)}`],
    })
    const pack = await lab.load(PACKAGE, { flags: { schedulers: NAMES.map(ahead) } })
    const [onWafer, onPackage] = await lab.measure([wafer, pack])
    const settings: Setting[] = [
      {
        name: 'wafer',
        title: 'experts that were fetched are kept in local memory, dojo-5x5, compat=physical',
        idOf: idsIn(wafer),
        point: wafer,
        measured: onWafer!,
      },
      {
        name: 'package',
        title: 'experts of the next layer are read ahead into SRAM, fse-dp-2x2',
        idOf: idsIn(pack),
        point: pack,
        measured: onPackage!,
      },
    ]
    return {
      rows: settings.flatMap((setting) =>
        NAMES.filter((name) => name !== 'none').map((name) => savedRow(setting, name)),
      ),
      tables: settings.map(predictorTable),
      notes: [
        'coverage: slices found kept or read ahead, of those that were not at home (kept) or of all (read ahead); precision: of what was kept or read ahead, the part that was used',
        'routing is generated, and knows no relation between layers but topics: what the layer before foretells is popularity, and prompts long enough tell the same',
        `${lab.pick('32', 'QUICK: 8 instead of 32')} decode steps on the wafer; oracle knows the routing of the next iteration, which nothing real does`,
      ],
    }
  },
}

/** Predictors stand in the order in which they were asked for. */
function idsIn({ experiment }: Point): (predictor: Name) => string {
  return (predictor) => experiment.schedulers[NAMES.indexOf(predictor)]!.id
}

const savedPs = ({ measured, idOf }: Setting, name: Name) =>
  metric(measured, idOf('none'), 'latency') - metric(measured, idOf(name), 'latency')
const optional = ({ measured, idOf }: Setting, name: Name, key: string) =>
  measured.get(idOf(name))!.metrics[key]?.value

function coverageOf(setting: Setting, name: Name): number | undefined {
  return optional(setting, name, 'aheadCoverage') ?? optional(setting, name, 'predictionCoverage')
}

function precisionOf(setting: Setting, name: Name): number | undefined {
  const read = optional(setting, name, 'aheadRead')
  const used = optional(setting, name, 'aheadUsed')
  if (read === undefined || used === undefined) return optional(setting, name, 'predictionPrecision')
  return read === 0 ? undefined : used / read
}

function predictorTable(setting: Setting): DataTable {
  return {
    name: `predictors-${setting.name}`,
    title: setting.title,
    isPrinted: true,
    columns: [
      { name: 'predictor' },
      { name: 'coverage', unit: 'share' },
      { name: 'precision', unit: 'share' },
      { name: 'in vain', unit: 'B' },
      { name: 'latency', unit: 'ps' },
      { name: 'time saved', unit: 'ps' },
      { name: 'over none', unit: 'ratio' },
    ],
    rows: NAMES.map((name) => [
      name,
      coverageOf(setting, name) ?? NOTHING,
      precisionOf(setting, name) ?? NOTHING,
      optional(setting, name, 'predictionVain') ?? NOTHING,
      metric(setting.measured, setting.idOf(name), 'latency'),
      savedPs(setting, name),
      gainOf(setting, name),
    ]),
  }
}

const gainOf = ({ measured, idOf }: Setting, name: Name) =>
  metric(measured, idOf('none'), 'latency') / metric(measured, idOf(name), 'latency')

function savedRow(setting: Setting, name: Name): Row {
  const { point, idOf } = setting
  const told = (value: number | undefined) => (value === undefined ? 'none' : pct(value))
  return {
    id: `predictors-${setting.name}-${name}`,
    what: `gain of predictor ${name} over none, ${setting.name}`,
    config: point.commandFor(idOf('none'), idOf(name)),
    published: null,
    ours: ratioAmount({ value: gainOf(setting, name) }),
    judgement: null,
    reason: `${table[name].summary}; coverage ${told(coverageOf(setting, name))}, precision ${told(precisionOf(setting, name))}; the oracle gains ${times(gainOf(setting, 'oracle'))}`,
  }
}
