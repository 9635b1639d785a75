// H1, the band of speedups over EP that the abstract names, under one reading of what the paper leaves open.
import type { Reading, Row } from '../figure.ts'
import { everyOf, near } from '../rules.ts'
import { EP, EP_ANY, EP_ANY_FAIR, EP_FAIR, metric, speedup } from './common.ts'
import { type GridCell, nameOf, runOf } from './layer-grid.ts'

const LOWEST = 1.22
const HIGHEST = 2
/** By how much a configuration may miss the band: the paper rounds, and its traces are not ours. */
const SLACK = 0.025

export interface Band {
  readonly cells: readonly GridCell[]
  /** The FSE-DP that is compared. */
  readonly id: string
  /** Of the rows' ids. */
  readonly suffix: string
  readonly reading?: Reading
}

/** Both ends of the band, how many lie in it, and for comparison the baselines that the paper does not have. */
export function bandRows(band: Band): Row[] {
  const sorted = sortedBy(band, EP)
  return [
    endRow(band, 'lowest', sorted[0]!, LOWEST),
    endRow(band, 'highest', sorted.at(-1)!, HIGHEST),
    insideRow(band),
    ...[EP_FAIR, EP_ANY, EP_ANY_FAIR].map((reference) => besideRow(band, reference)),
  ]
}

const gain = ({ id }: Band, { measured }: GridCell, reference: string) => speedup(measured, id, reference)

const sortedBy = (band: Band, reference: string) =>
  [...band.cells].sort((a, b) => gain(band, a, reference) - gain(band, b, reference))

const told = (band: Band, reference: string) =>
  band.cells.map((cell) => `${nameOf(cell)} ${gain(band, cell, reference).toFixed(2)}x`).join(', ')

function endRow(band: Band, name: string, cell: GridCell, value: number): Row {
  const { id, suffix, reading } = band
  const ours = gain(band, cell, EP)
  return {
    id: `F9-${name}${suffix}`,
    claim: 'H1',
    reading,
    what: `${name} speedup of ${id} over ${EP}`,
    config: cell.point.commandFor(EP, id),
    published: { text: `${value.toFixed(2)}x (abstract)`, value },
    ours: { value: ours, unit: 'ratio' },
    judgement: near(ours, value),
    reason: `${nameOf(cell)}: ${overBound(cell, id)} the ${cell.measured.get(id)!.boundBy} bound, ${EP} ${overBound(cell, EP)}`,
  }
}

const overBound = ({ measured }: GridCell, id: string) => `${metric(measured, id, 'boundRatio').toFixed(2)}x`

function insideRow(band: Band): Row {
  const { cells, id, suffix, reading } = band
  const outside = cells.filter((cell) => {
    const ours = gain(band, cell, EP)
    return ours < LOWEST * (1 - SLACK) || ours > HIGHEST * (1 + SLACK)
  })
  const holding = cells.length - outside.length
  const list = outside.map((cell) => `${nameOf(cell)} ${gain(band, cell, EP).toFixed(2)}x`)
  return {
    id: `F9-inside${suffix}`,
    claim: 'H1',
    reading,
    what: `configurations where ${id} over ${EP} is in the band`,
    config: runOf(cells, EP, id),
    published: { text: '1.22x to 2.00x', value: 1 },
    ours: { value: holding / cells.length, unit: 'share' },
    judgement: everyOf(holding, cells.length),
    detail: told(band, EP),
    reason: `${holding} of ${cells.length} from ${(LOWEST * (1 - SLACK)).toFixed(2)}x to ${(HIGHEST * (1 + SLACK)).toFixed(2)}x${list.length > 0 ? `; not ${list.join(', ')}` : ''}`,
  }
}

/** What the paper does not compare with: nothing to judge. */
function besideRow(band: Band, reference: string): Row {
  const { cells, id, suffix, reading } = band
  const sorted = sortedBy(band, reference)
  const [least, most] = [sorted[0]!, sorted.at(-1)!]
  const faster = cells.filter((cell) => gain(band, cell, reference) > 1).length
  const ours = gain(band, least, reference)
  return {
    id: `F9-over-${NAMES[reference]!}${suffix}`,
    claim: 'H1',
    reading,
    what: `lowest speedup of ${id} over ${reference}`,
    config: runOf(cells, reference, id),
    published: null,
    ours: { value: ours, unit: 'ratio' },
    judgement: null,
    detail: told(band, reference),
    reason: `not in the paper; faster in ${faster} of ${cells.length}, from ${ours.toFixed(2)}x (${nameOf(least)}) to ${gain(band, most, reference).toFixed(2)}x (${nameOf(most)})`,
  }
}

const NAMES: Readonly<Record<string, string>> = {
  [EP_FAIR]: 'prefetch',
  [EP_ANY]: 'any',
  [EP_ANY_FAIR]: 'any-prefetch',
}
