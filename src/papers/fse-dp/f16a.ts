// Fig. 16a: utilization over on-chip buffer and DDR bandwidth, within a die area of 30 mm2 and a power of 60 W.
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import type { Lab } from '../lab.ts'
import { allOf, atLeast, near, type Part, tellParts } from '../rules.ts'
import { EP, EP_FAIR, EP_TILED, metric, PAIRED, pct, REFERENCE_RATE } from './common.ts'
import {
  AREA_READINGS,
  type AreaReading,
  BOUNDARY,
  type MapPoint,
  measureMap,
  range,
} from './design-space.ts'

const CONFIG = 'fse-dp-f16a-buffer-ddr'
const D2D_GB_S = 288
/** Where the paper finds its boundary. */
const AT_GB_S = 48
/** The fewest slots with 16 MB: 16.6 MB in the package. */
const AT_SLOTS = 14
/** Just below what 60 W allow. */
const MOST_FEASIBLE_GB_S = 94
/** For the coarse maps: every halving, and the 14 slots that make 16 MB. */
const FEW_SLOTS = [2, 4, 8, AT_SLOTS, 16, 32, 64]
const FEW_GB_S = [24, AT_GB_S, MOST_FEASIBLE_GB_S, 128]
/** Table I; and the rate of the reference code, which takes twice the time for a multiply-accumulate. */
const MAC_RATES = [2048, 1024] as const

/** 64 tokens on each die: what the paper's "64 tokens" may mean. */
const DIE_TOKENS: Reading = {
  name: '64 tokens on each die, 1024 MAC/cycle',
  settings: `the paper's 64 tokens may be those of a die, 256 in the package, and the reference code takes twice the time of Table I for a multiply-accumulate: --set workload.tokens=256 --set ${REFERENCE_RATE}`,
}
/** And micro-slices that enter where tokens of their expert are. */
const OLD_ENTRY: Reading = {
  name: `${DIE_TOKENS.name}, entry on the trajectory`,
  settings: `${DIE_TOKENS.settings}; each micro-slice read by the channel of a die that has tokens for it: ${PAIRED}:entry=trajectory`,
}
const AT_RATE: Reading = {
  name: '1024 MAC/cycle',
  settings: `the reference code takes twice the time of Table I for a multiply-accumulate: --set ${REFERENCE_RATE}`,
}
/** The DDR bandwidths around the paper's boundary, for that reading. */
const NEAR_GB_S = [32, 36, 40, 44, AT_GB_S]

interface RateMap {
  readonly macs: number
  readonly points: readonly MapPoint[]
}

export const f16a: Figure = {
  title: 'utilization over on-chip buffer and DDR bandwidth (Fig. 16a)',
  async run(lab): Promise<FigureResult> {
    const maps: RateMap[] = []
    for (const macs of MAC_RATES) maps.push({ macs, points: await measureMap(lab, axesOf(lab, macs)) })
    const main = maps[0]!
    const statistics = await lab.statistics(await lab.load(CONFIG))
    const at = (macs: number) => `${macs} MAC/cycle`
    return {
      rows: [
        ...maps.flatMap((map) => [
          pointRow(map, statistics.activeExperts),
          ...AREA_READINGS.map((area) => feasibleRow(map, area)),
        ]),
        dieTokensRow(await measureDieTokens(lab), DIE_TOKENS, ''),
        dieTokensRow(await measureDieTokens(lab, 'trajectory'), OLD_ENTRY, '-trajectory'),
        gracefulRow(main),
      ],
      tables: [await baselineTable(lab, maps), ...maps.map(mapTable)],
      notes: [
        `layer 16, one routing: ${statistics.activeExperts.toFixed(1)} active experts with ${statistics.tokensPerActiveExpert.toFixed(1)} tokens each; the boundary moves with both`,
        lab.pick(
          `${at(2048)}: 32 x 61 points; ${at(1024)} (reference code): 7 x 32 points`,
          'QUICK: 7 x 4 points instead of 32 x 61',
        ),
        'a buffer is slots for micro-slices and 16 tokens on each die; the limit of 30 mm2 is for one die: held against the buffer of one die, and, as the reference code does, of all four',
      ],
    }
  },
}

/** H4 with 64 tokens on each die. */
function measureDieTokens(lab: Lab, entry?: 'trajectory'): Promise<MapPoint[]> {
  return measureMap(lab, {
    config: CONFIG,
    ddrGBs: lab.pick(NEAR_GB_S, [40, AT_GB_S]),
    d2dGBs: [D2D_GB_S],
    slots: [4, AT_SLOTS],
    ...(entry && { entry }),
    sets: ['workload.tokens=256', REFERENCE_RATE],
  })
}

function dieTokensRow(points: readonly MapPoint[], reading: Reading, suffix: string): Row {
  const at = (slots: number) => points.find((point) => point.ddrGBs === AT_GB_S && point.slots === slots)!
  const [small, here] = [at(4), at(AT_SLOTS)]
  const passing = points.filter(({ slots, utilization }) => slots === AT_SLOTS && utilization >= BOUNDARY)
  return {
    id: `F16a-point-die-tokens${suffix}`,
    claim: 'H4',
    reading,
    what: 'utilization at 48 GB/s and 16 MB',
    config: here.command,
    published: { text: '60 % (48 GB/s for each die, 16 MB)', value: BOUNDARY },
    ours: { value: here.utilization, unit: 'share' },
    judgement: near(here.utilization, BOUNDARY),
    reason: `60 % from ${passing.length > 0 ? `${passing[0]!.ddrGBs} GB/s on` : 'no DDR tried'}; ${mb(small.bufferBytes)} already give ${pct(small.utilization)} at 48 GB/s: no floor at 16 MB`,
    detail: `The bound allows ${pct(here.roofline)}`,
  }
}

function axesOf(lab: Lab, macs: number) {
  const isMain = macs === MAC_RATES[0]
  const slots = isMain ? range(2, 64, 2) : FEW_SLOTS
  const ddrGBs = isMain ? range(8, 128, 2) : [...range(8, 128, 4), MOST_FEASIBLE_GB_S].sort((a, b) => a - b)
  return {
    config: CONFIG,
    ddrGBs: lab.pick(ddrGBs, FEW_GB_S),
    d2dGBs: [D2D_GB_S],
    slots: lab.pick(slots, FEW_SLOTS),
    sets: isMain ? [] : [`hardware.compute.macs_per_cycle=${macs}`],
  }
}

const readingOf = (macs: number) => (macs === MAC_RATES[0] ? undefined : AT_RATE)

function pointRow({ macs, points }: RateMap, activeExperts: number): Row {
  const here = points.find(({ ddrGBs, slots }) => ddrGBs === AT_GB_S && slots === AT_SLOTS)!
  return {
    id: `F16a-point-${macs}`,
    claim: 'H4',
    reading: readingOf(macs),
    what: `utilization at 48 GB/s and 16 MB, ${macs} MAC/cycle`,
    config: here.command,
    published: { text: '60 % (48 GB/s for each die, 16 MB)', value: BOUNDARY },
    ours: { value: here.utilization, unit: 'share' },
    judgement: near(here.utilization, BOUNDARY),
    reason: `no schedule can pass ${pct(here.roofline)}: DDR must bring each of the ${activeExperts.toFixed(0)} active experts`,
    detail: `${here.slots} slots (${mb(here.bufferBytes)} in the package); 60 % would need the same tokens on ${((activeExperts * here.roofline) / BOUNDARY).toFixed(0)} experts or fewer`,
  }
}

/** The highest utilization that area and power allow. */
function feasibleRow({ macs, points }: RateMap, area: AreaReading): Row {
  const feasible = points.filter(({ isFeasible }) => isFeasible[area])
  // Compute takes area by its rate: with enough of it no design is within the limits.
  const [best = { ...points[0]!, utilization: 0 }] = feasible.toSorted(
    (a, b) => b.utilization - a.utilization,
  )
  const over = (among: readonly MapPoint[]) => among.filter(({ utilization }) => utilization >= BOUNDARY)
  return {
    id: `F16a-feasible-${macs}${area === AREA_READINGS[0] ? '' : '-package'}`,
    claim: 'H4',
    reading: readingOf(macs),
    what: `highest feasible utilization, ${macs} MAC/cycle, area by ${area}`,
    config: best.command,
    published: { text: 'above 60 % from 48 GB/s and 16 MB on', value: BOUNDARY },
    ours: { value: best.utilization, unit: 'share' },
    judgement: atLeast(best.utilization, BOUNDARY, 0.9 * BOUNDARY, pct),
    reason: `${feasible.length === 0 ? 'no design is within the limits' : `at ${best.ddrGBs} GB/s and ${mb(best.bufferBytes)}`}; 60 % needs ${leastNeeds(over(feasible))} within the limits and ${leastNeeds(over(points))} without them; the bound allows ${pct(Math.max(0, ...feasible.map(({ roofline }) => roofline)))} within them`,
  }
}

function leastNeeds(points: readonly MapPoint[]): string {
  if (points.length === 0) return 'more than the map has'
  const ddr = Math.min(...points.map(({ ddrGBs }) => ddrGBs))
  return `${ddr} GB/s and, there, ${mb(Math.min(...points.filter(({ ddrGBs }) => ddrGBs === ddr).map(({ bufferBytes }) => bufferBytes)))}`
}

/** Q6, at the DDR bandwidth of the paper's boundary. */
function gracefulRow({ points }: RateMap): Row {
  const column = points.filter(({ ddrGBs }) => ddrGBs === AT_GB_S)
  const utilization = (slots: number) => column.find((point) => point.slots === slots)!.utilization
  const halvings = [64, 32, 16, 8, 4].map((slots) => utilization(slots / 2) / utilization(slots))
  const worst = Math.min(...halvings)
  const parts: Part[] = [
    { demand: 'no halving of the buffer from 64 to 2 slots loses more than a third', holds: worst >= 2 / 3 },
    { demand: '64 slots give more than 2', holds: utilization(64) > utilization(2) },
    { demand: 'no larger buffer loses more than 2 %', holds: isRising(column) },
  ]
  return {
    id: 'F16a-graceful',
    claim: 'Q6',
    what: 'utilization kept by the worst halving of the buffer, 48 GB/s',
    config: `${CONFIG} --scheduler fse-dp-paired:slots=<2 to 64> --set "hardware.memory.bandwidth=${AT_GB_S} GB/s"`,
    published: { text: 'degrades gracefully', value: null },
    ours: { value: worst, unit: 'share' },
    judgement: allOf(parts),
    reason: [2, 4, 8, 16, 32, 64].map((slots) => `${slots} slots ${pct(utilization(slots))}`).join(', '),
    detail: tellParts(parts),
  }
}

function isRising(column: readonly MapPoint[]): boolean {
  return column.every(({ utilization }, i) => i === 0 || utilization >= 0.98 * column[i - 1]!.utilization)
}

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

/** What EP makes of the same DDR bandwidths, with its own need of memory. */
async function baselineTable(lab: Lab, [main]: readonly RateMap[]): Promise<DataTable> {
  const bandwidths = [...new Set(main!.points.map(({ ddrGBs }) => ddrGBs))].filter((ddr) =>
    FEW_GB_S.includes(ddr),
  )
  const schedulers = [EP, EP_FAIR, EP_TILED]
  const points = []
  for (const ddr of bandwidths) {
    const sets = [`hardware.memory.bandwidth=${ddr} GB/s`, `hardware.link.bandwidth=${D2D_GB_S} GB/s`]
    points.push(await lab.load(CONFIG, { flags: { schedulers }, sets }))
  }
  const measured = await lab.measure(points)
  const paired = (ddr: number) =>
    main!.points.find(({ ddrGBs, slots }) => ddrGBs === ddr && slots === AT_SLOTS)!
  return {
    name: 'baselines',
    title: `utilization at ${MAC_RATES[0]} MAC/cycle, and the memory it takes`,
    isPrinted: true,
    columns: [
      { name: 'DDR of a die', unit: 'GB/s' },
      { name: `fse-dp-paired, ${AT_SLOTS} slots`, unit: 'share' },
      { name: 'buffer', unit: 'B' },
      ...schedulers.flatMap((id) => [
        { name: id, unit: 'share' },
        { name: `memory of ${id}`, unit: 'B' },
      ]),
      { name: 'bound', unit: 'share' },
    ],
    rows: bandwidths.map((ddr, i) => [
      ddr,
      paired(ddr).utilization,
      paired(ddr).bufferBytes,
      ...schedulers.flatMap((id) => [
        metric(measured[i]!, id, 'computeUtilization'),
        metric(measured[i]!, id, 'peakSramPackage'),
      ]),
      paired(ddr).roofline,
    ]),
  }
}

function mapTable({ macs, points }: RateMap): DataTable {
  return {
    name: `map-${macs}-macs`,
    title: `utilization with ${macs} MAC/cycle`,
    isPrinted: false,
    columns: [
      { name: 'slots of a die' },
      { name: 'buffer of the package', unit: 'B' },
      { name: 'DDR of a die', unit: 'GB/s' },
      { name: 'utilization', unit: 'share' },
      { name: 'bound', unit: 'share' },
      ...AREA_READINGS.map((area) => ({ name: `feasible by ${area}` })),
    ],
    rows: points.map(({ slots, bufferBytes, ddrGBs, utilization, roofline, isFeasible }) => [
      slots,
      bufferBytes,
      ddrGBs,
      utilization,
      roofline,
      ...AREA_READINGS.map((area) => (isFeasible[area] ? 'yes' : 'no')),
    ]),
  }
}
