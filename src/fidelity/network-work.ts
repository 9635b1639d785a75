// What a network is asked to carry: a mesh, its preset, and messages; and how reference rows name these.
import type { ReferenceRow } from './reference-rows.ts'

interface NetworkPreset {
  readonly linkCycles: number
  readonly virtualChannels: number
  /** Of each virtual channel. */
  readonly bufferFlits: number
}

/** The router settings of the BookSim2 runs, by the name their rows give. */
const PRESETS = {
  noc: { linkCycles: 1, virtualChannels: 4, bufferFlits: 16 },
  d2d: { linkCycles: 8, virtualChannels: 4, bufferFlits: 32 },
  d2d_credit_limited: { linkCycles: 16, virtualChannels: 1, bufferFlits: 16 },
  noc_1vc: { linkCycles: 1, virtualChannels: 1, bufferFlits: 16 },
} as const satisfies Record<string, NetworkPreset>

const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[]

/** Grid of columns x rows, node id = y * columns + x, X-first routes. */
export interface Mesh {
  readonly columns: number
  readonly rows: number
}

export interface Message {
  readonly from: number
  readonly to: number
  readonly flits: number
  /** 0 where absent. */
  readonly startCycle?: number
}

export interface NetworkWork {
  readonly mesh: Mesh
  readonly preset: NetworkPreset
  readonly packetFlits: number
  /** A node sends its messages one after the other, or a packet of each in turn. */
  readonly order: 'queued' | 'interleaved'
  /** Those of a node in the order in which it sends them. */
  readonly messages: readonly Message[]
}

/** Larger meshes than anybody has tables of would take more memory than time. */
const MOST_NODES_A_SIDE = 16

/** The settings every BookSim2 row has; rows of tables without these columns are d2d, 16 flits. Throws RowProblem. */
export function networkOf(row: ReferenceRow) {
  const [columns, rows] = /^(\d+)x(\d+)$/.exec(row.text('mesh'))?.slice(1).map(Number) ?? []
  const isSide = (side: number | undefined) => side !== undefined && side >= 1 && side <= MOST_NODES_A_SIDE
  if (!isSide(columns) || !isSide(rows)) {
    row.refuse('mesh', `columns x rows such as 4x4, at most ${MOST_NODES_A_SIDE} a side`)
  }
  const presetName = row.has('preset') ? row.oneOf('preset', PRESET_NAMES) : 'd2d'
  const mesh: Mesh = { columns: columns!, rows: rows! }
  return {
    mesh,
    nodes: columns! * rows!,
    presetName,
    preset: PRESETS[presetName],
    packetFlits: row.has('packet_flits') ? row.whole('packet_flits', 1) : 16,
    label: `${row.text('mesh')} ${presetName}`,
  }
}

/** Node ids separated by blanks. Throws RowProblem. */
export function nodesOf(row: ReferenceRow, column: string, nodes: number): number[] {
  const ids = row.text(column).trim().split(/\s+/)
  const isNode = (id: string) => /^\d+$/.test(id) && Number(id) < nodes
  return ids.every(isNode)
    ? ids.map(Number)
    : row.refuse(column, `node ids below ${nodes}, separated by blanks`)
}

/** `last`: when everything has arrived. */
export const last = (finishCycles: readonly number[]) => finishCycles.reduce((a, b) => Math.max(a, b), 0)
