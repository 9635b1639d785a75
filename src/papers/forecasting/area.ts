// Table II: what the added tables and processors take of area and power.
import type { DataTable, Figure, FigureResult, Row } from '../figure.ts'
import { allOf, near } from '../rules.ts'

/** What the tables are sized for. */
const EXPERTS = 512
const DIES = 25
/** Assumed, as the paper names neither: an H100 (architecture white paper: 814 mm2; datasheet: 700 W). */
const DIE_MM2 = 814
const DIE_MW = 700_000
const WAFER_MM2 = DIES * DIE_MM2

interface Module {
  readonly name: string
  /** Bytes as printed; absent: a processor. */
  readonly capacityBytes?: number
  /** Entries and bits of each that give them. */
  readonly entries?: number
  readonly bits?: number
  readonly perWafer: number
  readonly mm2: number
  readonly mw: number
}

const KIB = 1024
const MODULES: readonly Module[] = [
  {
    name: 'prediction table',
    capacityBytes: 128,
    entries: EXPERTS,
    bits: 2,
    perWafer: DIES,
    mm2: 0.002,
    mw: 55.75,
  },
  {
    name: 'ATU',
    capacityBytes: 4.25 * KIB,
    entries: EXPERTS,
    bits: 68,
    perWafer: DIES,
    mm2: 0.0048,
    mw: 334.25,
  },
  { name: 'Local CP', perWafer: DIES, mm2: 7.5, mw: 7000 },
  {
    name: 'distribution table',
    capacityBytes: 4.5 * KIB,
    entries: EXPERTS,
    bits: 72,
    perWafer: 1,
    mm2: 0.0002,
    mw: 13.94,
  },
  {
    name: 'heat-map cache',
    capacityBytes: 512 * KIB,
    entries: EXPERTS ** 2,
    bits: 16,
    perWafer: 1,
    mm2: 0.0278,
    mw: 184.67,
  },
  { name: 'Global CP', perWafer: 1, mm2: 1.1, mw: 1000 },
]
const PRINTED_MM2 = 6.13
const PRINTED_MW = 8588.61
const PRINTED_SHARE = '0.04'
const PPM = 1e6
const TABLE = 'none: worked out from Table II'

export const area: Figure = {
  title: 'area and power (Table II)',
  async run(): Promise<FigureResult> {
    const mm2 = MODULES.reduce((sum, module) => sum + module.mm2, 0)
    const mw = MODULES.reduce((sum, module) => sum + module.mw, 0)
    return {
      rows: [
        ...MODULES.flatMap(sizeRow),
        areaSumRow(mm2),
        powerSumRow(mw),
        shareRow(
          'area',
          mm2 / WAFER_MM2,
          `${mm2.toFixed(2)} mm2 of ${DIES} dies of ${DIE_MM2} mm2, which is assumed; the printed total would be ${((PPM * PRINTED_MM2) / WAFER_MM2).toFixed(0)} ppm`,
        ),
        shareRow(
          'power',
          mw / (DIES * DIE_MW),
          `${(mw / 1000).toFixed(2)} W of ${DIES} dies of ${DIE_MW / 1000} W, which is assumed`,
        ),
      ],
      tables: [moduleTable()],
      notes: [
        'nothing is simulated: sizes are entries times bits, which fit 512 experts and one layer at a time; areas and powers of single modules are synthesis results of the paper and are only added up',
      ],
    }
  },
}

const sizeOf = ({ entries = 0, bits = 0 }: Module) => (entries * bits) / 8

function sizeRow(module: Module): Row[] {
  const { name, capacityBytes, entries, bits } = module
  if (capacityBytes === undefined) return []
  return [
    {
      id: `area-${name.toLowerCase().replaceAll(' ', '-')}`,
      claim: 'area',
      what: `size of the ${name}`,
      config: TABLE,
      published: { text: `${capacityBytes} B`, value: capacityBytes },
      ours: { value: sizeOf(module), unit: 'B' },
      judgement: allOf([{ demand: 'the same size', holds: sizeOf(module) === capacityBytes }]),
      reason: `${entries} entries of ${bits} bit${name === 'heat-map cache' ? ', one layer; all 100 layers are 50 MiB in the memory of the Global CP' : ''}`,
    },
  ]
}

/** As the table prints it, in per cent of a wafer to two digits. */
const printedShare = (mm2: number) => ((100 * mm2) / WAFER_MM2).toFixed(2)

/** The printed sum is held against the share of the wafer that the paper prints beside it. */
function areaSumRow(ours: number): Row {
  return {
    id: 'area-sum-mm2',
    claim: 'area',
    what: 'sum of the printed areas',
    config: TABLE,
    published: { text: `${PRINTED_MM2} mm2, and ~${PRINTED_SHARE} % of the wafer`, value: PRINTED_MM2 },
    ours: { value: ours, unit: 'mm2' },
    judgement: allOf([
      {
        demand: `our sum is ${PRINTED_SHARE} % of the wafer`,
        holds: printedShare(ours) === PRINTED_SHARE,
      },
      { demand: 'the printed sum is not', holds: printedShare(PRINTED_MM2) !== PRINTED_SHARE },
    ]),
    reason: `a misprint of the paper: its own share is that of ${ours.toFixed(2)} mm2, ${PRINTED_MM2} would be ${printedShare(PRINTED_MM2)} %`,
    detail: `${PRINTED_MM2} mm2 would need 5.0 mm2 for the Local CPs, 0.2 each, where 7.5 is printed`,
  }
}

function powerSumRow(ours: number): Row {
  return {
    id: 'area-sum-mw',
    claim: 'area',
    what: 'sum of the printed powers',
    config: TABLE,
    published: { text: `${PRINTED_MW} mW`, value: PRINTED_MW },
    ours: { value: ours, unit: 'mW' },
    judgement: near(ours, PRINTED_MW, { pass: 0.01, partly: 0.05 }),
    reason: 'they add up',
  }
}

function shareRow(of: 'area' | 'power', ours: number, reason: string): Row {
  return {
    id: `area-share-${of}`,
    claim: 'area',
    what: `share of the ${of} of a 25-die wafer`,
    config: TABLE,
    published: { text: '~0.04 % (400 ppm)', value: 400 },
    ours: { value: PPM * ours, unit: 'ppm' },
    judgement: near(PPM * ours, 400, { pass: 0.15, partly: 0.3 }),
    reason,
  }
}

function moduleTable(): DataTable {
  return {
    name: 'modules',
    title: 'Table II',
    isPrinted: true,
    columns: [
      { name: 'module' },
      { name: 'size', unit: 'B' },
      { name: 'entries x bits', unit: 'B' },
      { name: 'per wafer' },
      { name: 'area of all', unit: 'mm2' },
      { name: 'power of all', unit: 'mW' },
    ],
    rows: MODULES.map((module) => [
      module.name,
      module.capacityBytes ?? '-',
      module.capacityBytes === undefined ? '-' : sizeOf(module),
      module.perWafer,
      module.mm2,
      module.mw,
    ]),
  }
}
