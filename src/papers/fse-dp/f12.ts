// Fig. 12: peak on-chip memory by class, and where the "78.8 % saved" and "under 32 MB" of the text come from.
import { expertBytes, tokenBytes } from '../../model/shape.ts'
import type { DataTable, Figure, FigureResult, Reading, Row } from '../figure.ts'
import { allOf, atMost, near, nearShare, type Part, tellParts } from '../rules.ts'
import { EP, EP_TILED, FSE_DP, HYDRA, mean, metric, PAIRED, pct, speedup } from './common.ts'
import { type GridCell, gridNotes, measureGrid, nameOf, runOf } from './layer-grid.ts'

const CONFIG = 'fse-dp-f12-memory'
const FINE = `${PAIRED}:slices=64`
const LARGE_EXPERTS = ['phi-3.5-moe', 'yuan2-m32']
const LIMIT_BYTES = 32e6
const PUBLISHED_SAVING = 0.788

/** H3 holds while tokens leave room for the slots: the largest number of tokens in the figure for which it does. */
const MOST_DECODED = 256
const UP_TO_256: Reading = {
  name: `up to ${MOST_DECODED} tokens`,
  settings: `the paper does not say for how many tokens: --tokens 16, 64 or ${MOST_DECODED}; Phi and Yuan in 64 micro-slices, 12 slots`,
}

/** The reference code counts the memory of Phi and Yuan with 64 micro-slices, that of the others with 16. */
const asCounted = ({ model }: GridCell) => (LARGE_EXPERTS.includes(model) ? FINE : PAIRED)

export const f12: Figure = {
  title: 'peak on-chip memory (Fig. 12)',
  async run(lab): Promise<FigureResult> {
    const cells = await measureGrid(lab, CONFIG)
    const largest = cells.find(({ model, tokens }) => model === 'phi-3.5-moe' && tokens === 1024)!
    const rows = [
      ...savingRows(largest),
      packageRow(cells),
      packageRow(
        cells.filter(({ tokens }) => tokens <= MOST_DECODED),
        UP_TO_256,
      ),
      fifthRow(cells, EP, ''),
      fifthRow(cells, HYDRA, '-hydra'),
      tiledRow(cells),
      largeExpertsRow(cells, asCounted, 'in 64 micro-slices, others in 16', ''),
      largeExpertsRow(cells, () => PAIRED, 'all in 16 micro-slices', '-equal'),
    ]
    return { rows, tables: [packageTable(cells), memoryTable(cells)], notes: gridNotes(lab) }
  },
}

const packageBytes = (cell: GridCell, id: string) => metric(cell.measured, id, 'peakSramPackage')
const weightBytes = (cell: GridCell, id: string) => metric(cell.measured, id, 'peakSramWeights')
const heldTokenBytes = (cell: GridCell, id: string) => metric(cell.measured, id, 'peakSramTokens')
const saving = (cell: GridCell, id: string) => 1 - packageBytes(cell, id) / packageBytes(cell, EP)

/**
 * "Up to 78.8 %" three ways, each as simulated and as the capacity that must be provided: FSE-DP with 12 slots of a 64th
 * expert on each die and the resting tokens, EP with one expert on each die.
 */
function savingRows(cell: GridCell): Row[] {
  const fse = packageBytes(cell, FINE)
  const { slotBytes, epBytes, tokensBytes } = provided(cell)
  const row = (name: string, what: string, ours: number, capacity: number): Row => ({
    id: `F12-saving-${name}`,
    claim: 'H2',
    what: `package memory saved, Phi, ${what}`,
    config: cell.point.command,
    published: { text: 'up to 78.8 % (abstract)', value: PUBLISHED_SAVING },
    ours: { value: ours, unit: 'share' },
    judgement: nearShare(ours, PUBLISHED_SAVING),
    reason: `${FINE} against ep, peaks as simulated; by the capacity provided (12 slots, one expert of EP on each die) ${pct(capacity)}. Nothing says how the paper counts; it takes 64 micro-slices and 12 slots, with 16 micro-slices it is ${pct(saving(cell, PAIRED))}`,
  })
  return [
    row(
      'ep-weights',
      'EP counted without tokens',
      1 - fse / weightBytes(cell, EP),
      1 - (slotBytes + tokensBytes) / epBytes,
    ),
    row(
      'all',
      'all counted',
      1 - fse / packageBytes(cell, EP),
      1 - (slotBytes + tokensBytes) / (epBytes + tokensBytes),
    ),
    row(
      'weights',
      'weights alone',
      1 - weightBytes(cell, FINE) / weightBytes(cell, EP),
      1 - slotBytes / epBytes,
    ),
  ]
}

/** Bytes of a package that must be there for FSE-DP's slots, for EP's experts, and for tokens at rest. */
function provided({ point, tokens }: GridCell) {
  const { model, hardware, schedulers } = point.experiment
  const dies = hardware.memory.channelDies.length
  const { slices, slots } = schedulers.find(({ id }) => id === FINE)!.options
  return {
    slotBytes: dies * Number(slots) * Math.ceil(expertBytes(model) / Number(slices)),
    epBytes: dies * expertBytes(model),
    tokensBytes: tokens * tokenBytes(model),
  }
}

function packageRow(cells: readonly GridCell[], reading?: Reading): Row {
  const worst = cells.reduce((most, cell) =>
    packageBytes(cell, asCounted(cell)) > packageBytes(most, asCounted(most)) ? cell : most,
  )
  const ours = packageBytes(worst, asCounted(worst))
  const { slotBytes, tokensBytes } = provided(worst)
  const tokensThatFit = Math.floor((LIMIT_BYTES - slotBytes) / (tokensBytes / worst.tokens))
  return {
    id: `F12-package${reading === undefined ? '' : `-${MOST_DECODED}`}`,
    claim: 'H3',
    reading,
    what: 'largest package memory of FSE-DP',
    config: worst.point.command,
    published: { text: '< 32 MB', value: LIMIT_BYTES },
    ours: { value: ours, unit: 'B' },
    judgement: atMost(ours, LIMIT_BYTES, 36e6, (bytes) => `${bytes / 1e6} MB`),
    reason: `${nameOf(worst)}; 12 slots on each die and the resting tokens stay below 32 MB up to ${tokensThatFit} tokens`,
    detail: `With ${asCounted(worst)}; ${((slotBytes + tokensBytes) / 1e6).toFixed(1)} MB if 12 slots of a 64th expert are provided on each die; with 16 micro-slices ${(packageBytes(worst, PAIRED) / 1e6).toFixed(1)} MB`,
  }
}

function fifthRow(cells: readonly GridCell[], baseline: string, suffix: string): Row {
  const shareOf = (cell: GridCell) => packageBytes(cell, asCounted(cell)) / packageBytes(cell, baseline)
  const ours = mean(cells.map(shareOf))
  const shares = cells.map(shareOf)
  return {
    id: `F12-fifth${suffix}`,
    claim: 'H3',
    what: `package memory of FSE-DP over that of ${baseline}, mean`,
    config: runOf(cells),
    published: { text: 'about one fifth', value: 0.2 },
    ours: { value: ours, unit: 'share' },
    judgement: near(ours, 0.2, { pass: 0.25, partly: 1 }),
    reason: `from ${pct(Math.min(...shares))} to ${pct(Math.max(...shares))}; Phi and Yuan with 64 micro-slices, the others with 16: 12 slots of a 16th are three quarters of an expert`,
  }
}

/** What the paper does not compare with: EP need not hold a whole expert on a die either. */
function tiledRow(cells: readonly GridCell[]): Row {
  const ratios = cells.map((cell) => packageBytes(cell, asCounted(cell)) / packageBytes(cell, EP_TILED))
  const speedups = cells.map(({ measured }) => speedup(measured, PAIRED, EP_TILED))
  return {
    id: 'F12-tiled',
    claim: 'H3',
    what: `package memory of FSE-DP over that of ${EP_TILED}, mean`,
    config: runOf(cells),
    published: null,
    ours: { value: mean(ratios), unit: 'ratio' },
    judgement: null,
    reason: `not in the paper; ${EP_TILED} streams each expert through 3 slices of 16 on each die: from ${Math.min(...ratios).toFixed(2)}x to ${Math.max(...ratios).toFixed(2)}x, while ${PAIRED} is from ${Math.min(...speedups).toFixed(2)}x to ${Math.max(...speedups).toFixed(2)}x as fast as it`,
  }
}

/** Q5. */
function largeExpertsRow(
  cells: readonly GridCell[],
  idOf: (cell: GridCell) => string,
  how: string,
  suffix: string,
): Row {
  const savingOf = (isLarge: boolean) =>
    mean(
      cells
        .filter(({ model }) => LARGE_EXPERTS.includes(model) === isLarge)
        .map((cell) => saving(cell, idOf(cell))),
    )
  const large = savingOf(true)
  const small = savingOf(false)
  const parts: Part[] = [
    {
      demand: 'Phi and Yuan save at least 5 percentage points more than DeepSeek and Qwen3',
      holds: large - small >= 0.05,
    },
    {
      demand: "FSE-DP's tokens take no more room than EP's in every configuration",
      holds: cells.every((cell) => heldTokenBytes(cell, FSE_DP) <= heldTokenBytes(cell, EP)),
    },
  ]
  return {
    id: `F12-large${suffix}`,
    claim: 'Q5',
    what: `mean memory saved in Phi and Yuan, ${how}`,
    config: runOf(cells),
    published: { text: 'largest with large experts; tokens too', value: null },
    ours: { value: large, unit: 'share' },
    judgement: allOf(parts),
    reason: `DeepSeek and Qwen3 save ${pct(small)}`,
    detail: tellParts(parts),
  }
}

/** To the byte. */
function memoryTable(cells: readonly GridCell[]): DataTable {
  return {
    name: 'memory',
    title: 'peak on-chip memory: of a die, and of the package with what it consists of at that moment',
    isPrinted: false,
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'routing' },
      { name: 'scheduler' },
      { name: 'die', unit: 'B' },
      { name: 'package', unit: 'B' },
      { name: 'weights', unit: 'B' },
      { name: 'tokens held', unit: 'B' },
      { name: 'saved against ep', unit: 'share' },
    ],
    rows: cells.flatMap((cell) =>
      [...cell.measured.keys()].map((id) => [
        cell.model,
        cell.tokens,
        cell.routing,
        id,
        metric(cell.measured, id, 'peakSramPerDie'),
        packageBytes(cell, id),
        weightBytes(cell, id),
        heldTokenBytes(cell, id),
        saving(cell, id),
      ]),
    ),
  }
}

function packageTable(cells: readonly GridCell[]): DataTable {
  const ids = [...cells[0]!.measured.keys()]
  return {
    name: 'package',
    title: 'peak memory of the package',
    isPrinted: true,
    columns: [
      { name: 'model' },
      { name: 'tokens' },
      { name: 'routing' },
      ...ids.map((name) => ({ name, unit: 'B' })),
      { name: 'tokens of ep', unit: 'B' },
      { name: 'tokens of fse-dp', unit: 'B' },
    ],
    rows: cells.map((cell) => [
      cell.model,
      cell.tokens,
      cell.routing,
      ...ids.map((id) => packageBytes(cell, id)),
      heldTokenBytes(cell, EP),
      heldTokenBytes(cell, FSE_DP),
    ]),
  }
}
