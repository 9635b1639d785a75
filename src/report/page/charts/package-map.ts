// The package as a map, one for each scheduler: dies where they are, by how busy they were, and the use of each link.
import type { ChannelLoad, LaneLoad, ObservedRun, ObservedScheduler } from '../../../observe/observed-run.ts'
import { percent, size } from '../../cells.ts'
import { DIE_REACH, drawPackage, type PackageDrawing, type Place } from '../package-drawing.ts'
import { type Chart, type ChartRow, TO_SCALE } from '../page.ts'
import { bySchedulers, drawnAs } from './panels.ts'

/** Pixels between neighbouring dies. */
const LARGEST_UNIT = 110
const LEAST_UNIT = 40
/** Largest side of one map, and of the maps in a row, in pixels. */
const MAP_WIDTH = 340
const MAPS_WIDTH = 1100
/** Between the outermost dies and the border, in units. */
const MARGIN = 0.5
const MAP_GAP = 20
/** From the middle of a die to the bar of its memory channel, in units. */
const CHANNEL_BELOW = DIE_REACH + 0.06
const DIGIT_WIDTH = 8

/** Undefined where nobody was observed. */
export function packageMap(run: ObservedRun): Chart | undefined {
  const { schedulers, topology, hasSharedLinks } = run
  if (schedulers.length === 0) return undefined
  const drawing = drawPackage(topology)
  const [across, down] = [drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN]
  const unit = Math.max(LEAST_UNIT, Math.min(LARGEST_UNIT, Math.floor(MAP_WIDTH / across)))
  const width = Math.round(unit * across)
  const columns = Math.max(1, Math.floor(MAPS_WIDTH / (width + MAP_GAP)))
  const isOnGrid = topology.kind === 'mesh' || topology.kind === 'torus'
  const values = schedulers.flatMap((scheduler) => rowsOf(scheduler, drawing, run))
  return {
    id: 'package',
    title: 'Load of each die, link and memory channel',
    caption: [
      isOnGrid
        ? 'Dies where they lie in the package.'
        : 'Dies on a circle, since this topology has no places of its own.',
      'Colour of a die: share of the time in which its compute unit had a job. A line is a link, wider and stronger the more of',
      'its bandwidth it used: bytes carried over what it could have carried in this time.',
      hasSharedLinks
        ? 'Both directions share a link.'
        : 'The two directions are two lines, each to the right of its way.',
      'The bar below a die is its memory channel: as long as the die if it read all the time.',
      topology.kind === 'torus' ? 'Links around the torus are the stubs at the die that sends.' : '',
      'Requests for remote reads, of a few bytes, are not in it.',
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
    spec: {
      data: { values },
      facet: bySchedulers(schedulers),
      ...{ columns, spacing: MAP_GAP },
      spec: {
        name: TO_SCALE,
        ...{ width, height: Math.round(unit * down) },
        view: { stroke: null },
        encoding: { x: position('x', drawing.dies), y: position('y', drawing.dies) },
        layer: [
          linkLayer(run),
          dieLayer(),
          channelLayer(),
          ...(doNamesFit(drawing, unit) ? [dieNames()] : []),
          ...(drawing.hubs.length === 0 ? [] : [hubLayer()]),
        ],
      },
      ...drawnAs(values.length),
    },
  }
}

/** One scale for all layers, the same along and across, so that distances are true. */
function position(axis: 'x' | 'y', dies: PackageDrawing['dies']) {
  const all = dies.map((place) => place[axis])
  const domain = [Math.min(...all) - MARGIN, Math.max(...all) + MARGIN]
  const scale = { domain, nice: false, zero: false, ...(axis === 'y' && { reverse: true }) }
  return { field: axis, type: 'quantitative' as const, axis: null, scale }
}

function linkLayer({ schedulers }: ObservedRun) {
  const isAnyUsed = schedulers.some(({ lanes }) => lanes.some(({ bytes }) => bytes > 0))
  return {
    transform: [{ filter: "datum.kind === 'link'" }],
    mark: { type: 'rule' as const, strokeCap: 'butt' as const },
    encoding: {
      x2: { field: 'x2' },
      y2: { field: 'y2' },
      stroke: {
        field: 'utilization',
        type: 'quantitative' as const,
        // The theme's ramp for lines: its low end is still seen on the page.
        scale: { range: 'diverging' as const, interpolate: 'rgb' as const, domain: [0, 1] },
        legend: isAnyUsed ? legend('link used') : null,
      },
      // A field of its own, since two channels of one field share a legend.
      strokeWidth: {
        field: 'breadth',
        type: 'quantitative' as const,
        scale: { range: [2, 7], domain: [0, 1] },
        legend: null,
      },
      tooltip: [
        { field: 'scheduler', title: 'scheduler' },
        { field: 'ends', title: 'link' },
        { field: 'carried', title: 'carried' },
        { field: 'used', title: 'used' },
      ],
    },
  }
}

function dieLayer() {
  return {
    transform: [{ filter: "datum.kind === 'die'" }],
    mark: { type: 'rect' as const, style: 'outlined', cornerRadius: 3 },
    encoding: {
      x2: { field: 'x2' },
      y2: { field: 'y2' },
      fill: {
        field: 'busy',
        type: 'quantitative' as const,
        scale: { range: 'heatmap' as const, domain: [0, 1] },
        legend: legend('compute unit busy'),
      },
      tooltip: [
        { field: 'scheduler', title: 'scheduler' },
        { field: 'die', title: 'die' },
        { field: 'busyText', title: 'compute unit busy' },
        { field: 'pairs', title: 'tokens computed, once per expert' },
        { field: 'read', title: 'weights read for it' },
        { field: 'received', title: 'received over links' },
      ],
    },
  }
}

/** Weights alone: activations in memory are not observed. */
function channelLayer() {
  return {
    transform: [{ filter: "datum.kind === 'channel'" }],
    mark: { type: 'rule' as const, style: 'muted', strokeWidth: 4 },
    encoding: {
      x2: { field: 'x2' },
      y2: { field: 'y2' },
      tooltip: [
        { field: 'scheduler', title: 'scheduler' },
        { field: 'die', title: 'memory channel of die' },
        { field: 'carried', title: 'weights read' },
        { field: 'used', title: 'used' },
      ],
    },
  }
}

/** Whether the longest name fits between a die and the next one; the tooltips have all of them. */
function doNamesFit({ dies }: PackageDrawing, unit: number): boolean {
  return `${dies.length - 1}`.length * DIGIT_WIDTH <= unit * (1 - 2 * DIE_REACH)
}

/** In the gap between four dies, where no link runs. */
function dieNames() {
  return {
    transform: [{ filter: "datum.kind === 'die'" }],
    mark: { type: 'text' as const, align: 'left' as const, baseline: 'bottom' as const, dx: 3, dy: 2 },
    encoding: { x: { field: 'x2', type: 'quantitative' as const }, text: { field: 'die' } },
  }
}

function hubLayer() {
  return {
    transform: [{ filter: "datum.kind === 'switch'" }],
    mark: { type: 'point' as const, style: 'muted', shape: 'circle', size: 420, filled: true },
    encoding: { tooltip: [{ field: 'name', title: 'this is' }] },
  }
}

const legend = (title: string) => ({
  ...{ title, orient: 'top' as const, direction: 'horizontal' as const, format: '~%', gradientLength: 240 },
  ...{ values: [0, 0.25, 0.5, 0.75, 1] },
})

function rowsOf(
  { id, dies, lanes, latencyPs }: ObservedScheduler,
  drawing: PackageDrawing,
  run: ObservedRun,
) {
  const dieRows = dies.map(({ times, pairs, readBytes, receivedBytes }, die): ChartRow => {
    const { x, y } = drawing.dies[die]!
    const busy = times.computePs / latencyPs
    return {
      ...{ kind: 'die', scheduler: id, die, busy, busyText: `${percent(busy)} %` },
      ...{ x: x - DIE_REACH, x2: x + DIE_REACH, y: y - DIE_REACH, y2: y + DIE_REACH },
      ...{ pairs: Math.round(pairs * 10) / 10, read: size(readBytes), received: size(receivedBytes) },
    }
  })
  const channels = dies.flatMap(({ channel }, die) =>
    channel === undefined ? [] : [channelRow(id, die, channel, drawing.dies[die]!)],
  )
  const switches = drawing.hubs.map(
    (hub): ChartRow => ({ kind: 'switch', scheduler: id, name: 'the switch', ...hub }),
  )
  return [...dieRows, ...channels, ...lanes.map((lane) => linkRow(id, lane, drawing, run)), ...switches]
}

function channelRow(scheduler: string, die: number, load: ChannelLoad, { x, y }: Place): ChartRow {
  const { bytes, utilization } = load
  const from = x - DIE_REACH
  return {
    ...{ kind: 'channel', scheduler, die, carried: size(bytes), used: `${percent(utilization)} %` },
    ...{ x: from, x2: from + 2 * DIE_REACH * utilization, y: y + CHANNEL_BELOW, y2: y + CHANNEL_BELOW },
  }
}

function linkRow(
  scheduler: string,
  { from, to, bytes, utilization }: LaneLoad,
  drawing: PackageDrawing,
  { hasSharedLinks }: ObservedRun,
): ChartRow {
  const line = drawing.line(from, to, hasSharedLinks)
  const name = (end: number) => (end < drawing.dies.length ? `die ${end}` : 'the switch')
  return {
    ...{
      kind: 'link',
      scheduler,
      utilization,
      breadth: utilization,
      used: `${percent(utilization)} %`,
      carried: size(bytes),
    },
    ends: hasSharedLinks ? `${name(from)} and ${name(to)}` : `${name(from)} to ${name(to)}`,
    ...{ x: line.from.x, y: line.from.y, x2: line.to.x, y2: line.to.y },
  }
}
