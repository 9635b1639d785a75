// Where the dies and links of a package are drawn: grids as they are laid out, everything else on a circle.
import { dieCount } from '../../hardware/die-count.ts'
import type { TopologySpec } from '../../hardware/spec.ts'

/** In units of the distance between neighbours; x to the right, y down. */
export interface Place {
  readonly x: number
  readonly y: number
}

interface Line {
  readonly from: Place
  readonly to: Place
}

export interface PackageDrawing {
  readonly dies: readonly Place[]
  /** Switches, in the order of their ids beyond the dies. */
  readonly hubs: readonly Place[]
  /** Between the left- and rightmost die, and the upper- and lowermost one. */
  readonly width: number
  readonly height: number
  /**
   * The line of a link, beside that of the other direction: to the right of the way it goes. It begins and ends in the middle of
   * a die, to be drawn beneath it.
   */
  line(from: number, to: number, isShared: boolean): Line
}

/** Half a side of the square of a die. */
export const DIE_REACH = 0.28
const HUB_REACH = 0.16
const LANE_OFFSET = 0.1
/** A link around a torus leaves the drawing: this much of it is shown, at the die that sends. */
const STUB = 0.3

export function drawPackage(topology: TopologySpec): PackageDrawing {
  const isGrid = topology.kind === 'mesh' || topology.kind === 'torus'
  const dies = isGrid ? gridPlaces(topology.columns, topology.rows) : circlePlaces(dieCount(topology))
  const xs = dies.map(({ x }) => x)
  const ys = dies.map(({ y }) => y)
  const [left, right] = [Math.min(...xs), Math.max(...xs)]
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)]
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 }
  const hubs = hubPlaces(topology, dies, middle)
  const placeOf = (end: number) => dies[end] ?? hubs[end - dies.length]!
  const reachOf = (end: number) => (end < dies.length ? 0 : HUB_REACH)
  return {
    ...{ dies, hubs, width: right - left, height: bottom - top },
    line: (from, to, isShared) => {
      const [a, b] = [placeOf(from), placeOf(to)]
      // A switch may lie where its only die is.
      const length = Math.hypot(b.x - a.x, b.y - a.y) || 1
      const along = { x: (b.x - a.x) / length, y: (b.y - a.y) / length }
      const aside = isShared ? 0 : LANE_OFFSET
      const at = ({ x, y }: Place, ahead: number) => ({
        x: x + along.x * ahead - along.y * aside,
        y: y + along.y * ahead + along.x * aside,
      })
      const isAround = topology.kind === 'torus' && length > 1
      if (isAround) return { from: at(a, 0), to: at(a, -DIE_REACH - STUB) }
      return { from: at(a, reachOf(from)), to: at(b, -reachOf(to)) }
    },
  }
}

/** A crossbar's switch in the middle of its dies; with nodes, that of each node there, and the one between them in the middle of all. */
function hubPlaces(topology: TopologySpec, dies: readonly Place[], middle: Place): Place[] {
  if (topology.kind === 'crossbar') return [middle]
  if (topology.kind !== 'nodes') return []
  if (topology.node.kind !== 'crossbar') return [middle]
  const size = dies.length / topology.count
  const own = Array.from({ length: topology.count }, (_, node) => {
    const members = dies.slice(node * size, (node + 1) * size)
    const mean = (of: (place: Place) => number) =>
      members.reduce((sum, place) => sum + of(place), 0) / members.length
    return { x: mean(({ x }) => x), y: mean(({ y }) => y) }
  })
  return [...own, middle]
}

function gridPlaces(columns: number, rows: number): Place[] {
  return Array.from({ length: columns * rows }, (_, die) => ({
    x: die % columns,
    y: Math.floor(die / columns),
  }))
}

/** Clockwise from the top, neighbours at least one unit apart. */
function circlePlaces(dies: number): Place[] {
  if (dies === 1) return [{ x: 0, y: 0 }]
  const radius = Math.max(1, 0.5 / Math.sin(Math.PI / dies))
  return Array.from({ length: dies }, (_, die) => {
    const angle = (2 * Math.PI * die) / dies
    return { x: radius * Math.sin(angle), y: -radius * Math.cos(angle) }
  })
}
