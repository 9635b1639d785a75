// Fig. 16b: utilization over D2D and DDR bandwidth with a buffer of "14 MB", and what a larger buffer would change.
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import type { Lab } from '../lab.ts'
import { allOf, atLeast, type Part, tellParts } from '../rules.ts'
import { pct, REFERENCE_RATE } from './common.ts'
import { AREA_READINGS, BOUNDARY, type MapPoint, measureMap, range } from './design-space.ts'

const CONFIG = 'fse-dp-f16b-d2d-ddr'
/** 13.952 "MB" in the units of the reference code. */
const SLOTS = 12
const LARGE_SLOTS = 64
/** Just below what 60 W allow at 288 GB/s of D2D. */
const MOST_FEASIBLE_GB_S = 94
/** The D2D bandwidths between which Q12 looks for a gain, and the share of utilization that counts as the same. */
const LOW_D2D = 288
const HIGH_D2D = 2048
const SAME = 0.99

export const f16b: Figure = {
  title: 'utilization over D2D and DDR bandwidth, buffer of 14 MB (Fig. 16b)',
  async run(lab): Promise<FigureResult> {
    const points = await measureMap(lab, {
      config: CONFIG,
      ddrGBs: lab.pick(DDR_GB_S, [24, 48, MOST_FEASIBLE_GB_S, 128]),
      d2dGBs: lab.pick(D2D_GB_S, [128, LOW_D2D, 512, HIGH_D2D]),
      slots: [SLOTS, LARGE_SLOTS],
    })
    const small = points.filter(({ slots }) => slots === SLOTS)
    return {
      rows: [
        ...AREA_READINGS.map((reading) => feasibleRow(small, reading)),
        d2dRow(small),
        dieD2dRow(await measureDieD2d(lab)),
        tradeRow(points),
      ],
      tables: [summaryTable(points), mapTable(points)],
      notes: [
        `layer 16, one routing; ${lab.pick('D2D in steps of 64 GB/s and DDR in steps of 4 instead of 16 and 2', 'QUICK: 4 x 4 points instead of 121 x 61')}; also with ${LARGE_SLOTS} slots, for the trade between D2D and DDR`,
      ],
    }
  },
}

/** The axis as the bandwidth of a die, whose three UCIe modules share it. */
const MODULES = 3
const DIE_D2D: Reading = {
  name: 'D2D of a die over its three links, 64 tokens on each die, 1024 MAC/cycle',
  settings: `the axis may be the bandwidth of a die, a third of it for each link (288 GB/s: --set hardware.link.bandwidth="96 GB/s"); DDR 48 GB/s, --set workload.tokens=256 --set ${REFERENCE_RATE}`,
}
const DIE_D2D_GB_S = [128, LOW_D2D, 512, 1024]

function measureDieD2d(lab: Lab): Promise<MapPoint[]> {
  return measureMap(lab, {
    config: CONFIG,
    ddrGBs: [48],
    d2dGBs: DIE_D2D_GB_S.map((d2d) => Math.round(d2d / MODULES)),
    slots: [SLOTS],
    sets: ['workload.tokens=256', REFERENCE_RATE],
  })
}

/** H5 under the reading of H4. */
function dieD2dRow(points: readonly MapPoint[]): Row {
  const [, low, needed] = points as [MapPoint, MapPoint, MapPoint]
  const ours = needed.utilization / low.utilization - 1
  return {
    id: 'F16b-d2d-die',
    claim: 'H5',
    reading: DIE_D2D,
    what: 'gain of utilization from D2D 288 to 512 GB/s of a die, 14 MB',
    config: needed.command,
    published: { text: 'D2D up to 512 GB/s is needed', value: null },
    ours: { value: ours, unit: 'share' },
    judgement: atLeast(ours, 0.05, 0.01, pct),
    reason: `utilization ${points.map(({ utilization }, i) => `${pct(utilization)} at ${DIE_D2D_GB_S[i]}`).join(', ')} GB/s`,
  }
}

const DDR_GB_S = [...range(8, 128, 4), MOST_FEASIBLE_GB_S].sort((a, b) => a - b)
const D2D_GB_S = [...range(128, HIGH_D2D, 64), LOW_D2D].sort((a, b) => a - b)

function feasibleRow(points: readonly MapPoint[], reading: (typeof AREA_READINGS)[number]): Row {
  const feasible = points.filter(({ isFeasible }) => isFeasible[reading])
  const best = feasible.reduce((a, b) => (b.utilization > a.utilization ? b : a))
  const over = feasible.filter(({ utilization }) => utilization >= BOUNDARY)
  const share = over.length / points.length
  const parts: Part[] = [
    { demand: 'some feasible point passes 60 %', holds: over.length > 0 },
    {
      demand: 'the feasible points that pass 60 % are at most a tenth of the map',
      holds: over.length > 0 && share <= 0.1,
    },
    {
      demand: 'the feasible points that pass 60 % need 400 to 600 GB/s of D2D or more',
      holds: over.length > 0 && over.every(({ d2dGBs }) => d2dGBs >= 400),
    },
  ]
  return {
    id: `F16b-feasible${reading === AREA_READINGS[0] ? '' : '-package'}`,
    claim: 'H5',
    what: `highest feasible utilization with 14 MB, area by ${reading}`,
    config: best.command,
    published: { text: '60 % in a very small area, D2D up to 512 GB/s', value: BOUNDARY },
    ours: { value: best.utilization, unit: 'share' },
    judgement: allOf(parts),
    reason: `${over.length} of ${points.length} points pass; the highest is at DDR ${best.ddrGBs} and D2D ${best.d2dGBs} GB/s; no schedule could use more than ${pct(Math.max(...feasible.map(({ roofline }) => roofline)))}`,
    detail: tellParts(parts),
  }
}

/** "D2D up to 512 GB/s is needed": does more than the 288 GB/s of the chip help at all? */
function d2dRow(points: readonly MapPoint[]): Row {
  const gains = gainsOfD2d(points, 512)
  const ours = Math.max(...gains.map(({ gain }) => gain))
  const where = gains.find(({ gain }) => gain === ours)!
  return {
    id: 'F16b-d2d',
    claim: 'H5',
    what: 'largest gain of utilization from D2D 288 to 512 GB/s, 14 MB',
    config: where.to.command,
    published: { text: 'D2D up to 512 GB/s is needed', value: null },
    ours: { value: ours, unit: 'share' },
    judgement: atLeast(ours, 0.05, 0.01, pct),
    reason: `at DDR ${where.to.ddrGBs} GB/s, from ${pct(where.from.utilization)} to ${pct(where.to.utilization)}`,
  }
}

/** For every DDR bandwidth, how much utilization grows from the chip's D2D to at most `mostD2d`. */
function gainsOfD2d(points: readonly MapPoint[], mostD2d: number) {
  const high = Math.max(...points.map(({ d2dGBs }) => d2dGBs).filter((d2d) => d2d <= mostD2d))
  return points
    .filter(({ d2dGBs }) => d2dGBs === LOW_D2D)
    .map((from) => {
      const to = points.find(({ d2dGBs, ddrGBs }) => d2dGBs === high && ddrGBs === from.ddrGBs)!
      return { from, to, gain: to.utilization / from.utilization - 1 }
    })
}

/** Q12: with more D2D, how much less DDR gives the utilization of the most DDR at the chip's D2D? */
function tradeRow(points: readonly MapPoint[]): Row {
  const saved = (slots: number) => ddrSaved(points.filter((point) => point.slots === slots))
  const small = saved(SLOTS)
  const large = saved(LARGE_SLOTS)
  const parts: Part[] = [
    {
      demand: `with ${LARGE_SLOTS} slots D2D replaces at least a tenth of the DDR bandwidth`,
      holds: large >= 0.1,
    },
    { demand: `it replaces more with ${LARGE_SLOTS} slots than with ${SLOTS}`, holds: large > small },
  ]
  return {
    id: 'F16b-trade',
    claim: 'Q12',
    what: `DDR bandwidth that D2D of ${HIGH_D2D} GB/s replaces, ${LARGE_SLOTS} slots`,
    config: `${CONFIG} --scheduler fse-dp-paired:slots=<12 or ${LARGE_SLOTS}> --set "hardware.memory.bandwidth=<DDR> GB/s" --set "hardware.link.bandwidth=<${LOW_D2D} or ${HIGH_D2D}> GB/s"`,
    published: { text: 'trading D2D for DDR needs a large SRAM', value: null },
    ours: { value: large, unit: 'share' },
    judgement: allOf(parts),
    reason: `${HIGH_D2D} for ${LOW_D2D} GB/s saves ${pct(large)} of 128 GB/s of DDR with ${LARGE_SLOTS} slots, ${pct(small)} with ${SLOTS}: every active expert comes from DDR once, however fast it travels then`,
    detail: `${tellParts(parts)}. Saved is what the same utilization, within 1 %, does not need`,
  }
}

function ddrSaved(points: readonly MapPoint[]): number {
  const most = Math.max(...points.map(({ ddrGBs }) => ddrGBs))
  const target = points.find(({ d2dGBs, ddrGBs }) => d2dGBs === LOW_D2D && ddrGBs === most)!.utilization
  const enough = points.filter(
    ({ d2dGBs, utilization }) => d2dGBs === HIGH_D2D && utilization >= SAME * target,
  )
  return enough.length === 0 ? 0 : 1 - Math.min(...enough.map(({ ddrGBs }) => ddrGBs)) / most
}

function summaryTable(points: readonly MapPoint[]): DataTable {
  const shown = [128, LOW_D2D, 512, HIGH_D2D]
  const bandwidths = [...new Set(points.map(({ ddrGBs }) => ddrGBs))].filter((ddr) =>
    [24, 48, MOST_FEASIBLE_GB_S, 128].includes(ddr),
  )
  const at = (ddr: number, d2d: number, slots: number) =>
    points.find((point) => point.ddrGBs === ddr && point.d2dGBs === d2d && point.slots === slots)!
  return {
    name: 'summary',
    title: `utilization with ${SLOTS} slots (14 MB), and with ${LARGE_SLOTS}`,
    isPrinted: true,
    columns: [
      { name: 'DDR of a die', unit: 'GB/s' },
      ...[SLOTS, LARGE_SLOTS].flatMap((slots) =>
        shown.map((d2d) => ({ name: `${slots} slots, D2D ${d2d}`, unit: 'share' })),
      ),
      { name: 'bound', unit: 'share' },
    ],
    rows: bandwidths.map((ddr) => [
      ddr,
      ...[SLOTS, LARGE_SLOTS].flatMap((slots) => shown.map((d2d) => at(ddr, d2d, slots).utilization)),
      at(ddr, LOW_D2D, SLOTS).roofline,
    ]),
  }
}

function mapTable(points: readonly MapPoint[]): DataTable {
  return {
    name: 'map',
    title: 'utilization',
    isPrinted: false,
    columns: [
      { name: 'slots of a die' },
      { name: 'buffer of the package', unit: 'B' },
      { name: 'D2D', unit: 'GB/s' },
      { name: 'DDR of a die', unit: 'GB/s' },
      { name: 'utilization', unit: 'share' },
      { name: 'bound', unit: 'share' },
      ...AREA_READINGS.map((reading) => ({ name: `feasible by ${reading}` })),
    ],
    rows: points.map(({ slots, bufferBytes, d2dGBs, ddrGBs, utilization, roofline, isFeasible }) => [
      slots,
      bufferBytes,
      d2dGBs,
      ddrGBs,
      utilization,
      roofline,
      ...AREA_READINGS.map((reading) => (isFeasible[reading] ? 'yes' : 'no')),
    ]),
  }
}
