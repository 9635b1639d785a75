// What a placement does on a machine: bytes over its links, memory for copies, the cost of moving there, time of steps.
import type { Package } from '../hardware/package.ts'
import { expertBytes, tokenBytes } from '../model/shape.ts'
import type { OptionValues } from '../schedulers/options.ts'
import { rooflineCost } from '../schedulers/placements/cost.ts'
import { copiesOf, type Slots } from '../schedulers/placements/search/problem.ts'
import type { RoutingSource } from '../trace/source.ts'
import { type MoveCost, moveCost } from './moving.ts'
import { devicesPerToken } from './pairs.ts'
import { cut, type PlaceSource, type Span } from './source.ts'
import { stepTime } from './step-time.ts'
import type { LayerStudy } from './study.ts'
import { addLinkBytes, type LinkTraffic, linkTraffic } from './traffic.ts'

export interface MachineStudy {
  /** What the tokens of the part that the placement was made from send: each to its experts, one way. */
  readonly links: { readonly before: LinkTraffic; readonly after: LinkTraffic }
  /** Devices that hold the experts of a token, on average; absent: there are no tokens. */
  readonly devicesPerToken?: { readonly before: number; readonly after: number } | undefined
  /** Weights beside one copy of each expert, of all layers: of all devices, and of the one with most. */
  readonly copies: { readonly bytes: number; readonly bytesPerDevice: number }
  readonly move: MoveCost
  readonly time?: StepStudy | undefined
}

interface StepStudy {
  /** `simulated` token by token, or `estimated` of loads: the time of the busiest device. */
  readonly how: 'simulated' | 'estimated'
  readonly tokens: number
  /** That were timed, to stand for all: times are of all MoE layers. */
  readonly layers: readonly number[]
  readonly windows: readonly { readonly span: Span; readonly before: number; readonly after: number }[]
}

export interface MachineSetting {
  readonly pkg: Package
  readonly current: readonly Slots[]
  readonly fit: Span
  readonly judge?: Span | undefined
  readonly windows: number
  /** Of a step. */
  readonly tokens: number
  /** That are timed, at most. */
  readonly mostLayers: number
  /** Of ep. */
  readonly options: OptionValues
  readonly checkpoint: () => Promise<void>
  readonly onWindow: (done: number, total: number) => Promise<void>
}

/** Throws UserError. */
export async function studyMachine(
  source: PlaceSource,
  layers: readonly LayerStudy[],
  setting: MachineSetting,
): Promise<MachineStudy> {
  const { pkg, current, fit, judge } = setting
  const moves = layers.map(({ slots }, i) => moveCost(pkg, current[i]!, slots))
  const sum = (of: (cost: MoveCost) => number) => moves.reduce((total, cost) => total + of(cost), 0)
  return {
    links: {
      before: linksOf(source, pkg, fit, current),
      after: linksOf(
        source,
        pkg,
        fit,
        layers.map(({ slots }) => slots),
      ),
    },
    ...(source.tokens && {
      devicesPerToken: {
        before: meanDevices(source.tokens, layers, fit, (place) => current[place]!),
        after: meanDevices(source.tokens, layers, fit, (place) => layers[place]!.slots),
      },
    }),
    copies: copyBytes(pkg, layers),
    move: {
      experts: sum(({ experts }) => experts),
      bytes: sum(({ bytes }) => bytes),
      ps: sum(({ ps }) => ps),
    },
    ...(judge !== undefined && { time: await timeSteps(source, layers, { ...setting, judge }) }),
  }
}

function linksOf(
  source: PlaceSource,
  { topology, model }: Package,
  fit: Span,
  slots: readonly Slots[],
): LinkTraffic {
  const linkBytes = new Float64Array(topology.linkCount)
  let byteHops = 0
  for (const [i, layer] of source.layers.entries()) {
    byteHops += addLinkBytes(linkBytes, topology, slots[i]!, source.loads(layer, fit), tokenBytes(model))
  }
  return linkTraffic(linkBytes, byteHops, topology)
}

function meanDevices(
  tokens: RoutingSource,
  layers: readonly LayerStudy[],
  fit: Span,
  slotsOf: (place: number) => Slots,
): number {
  const sum = layers.reduce(
    (total, { layer }, place) => total + devicesPerToken(tokens, layer, fit, slotsOf(place)),
    0,
  )
  return sum / layers.length
}

/** Where memory is shared a copy takes none. */
function copyBytes({ hardware, model }: Package, layers: readonly LayerStudy[]): MachineStudy['copies'] {
  if (hardware.memory.shared) return { bytes: 0, bytesPerDevice: 0 }
  const bytes = expertBytes(model)
  const devices = new Float64Array(layers[0]!.slots.length)
  let extra = 0
  for (const { slots } of layers) {
    const copies = copiesOf(slots, model.experts)
    extra += copies.reduce((total, count) => total + count - 1, 0)
    for (const [device, held] of slots.entries()) devices[device] = devices[device]! + held.length
  }
  const even = (layers.length * model.experts) / devices.length
  const most = devices.reduce((a, b) => Math.max(a, b), 0)
  return { bytes: extra * bytes, bytesPerDevice: Math.max(0, Math.round((most - even) * bytes)) }
}

async function timeSteps(
  source: PlaceSource,
  layers: readonly LayerStudy[],
  setting: MachineSetting & { readonly judge: Span },
): Promise<StepStudy> {
  const { judge, windows, tokens, mostLayers, current, checkpoint, onWindow } = setting
  const places = spread(layers.length, mostLayers)
  const scale = layers.length / places.length
  const spans = cut(judge, windows)
  const timed: { span: Span; before: number; after: number }[] = []
  for (const [done, span] of spans.entries()) {
    let before = 0
    let after = 0
    for (const place of places) {
      const { layer, slots } = layers[place]!
      const pair = { layer, before: current[place]!, after: slots }
      const time = source.tokens
        ? await stepTime({ ...setting, source: source.tokens }, span, pair)
        : estimatedTime(setting, source.loads(layer, span), pair)
      before += time.beforePs * scale
      after += time.afterPs * scale
      await checkpoint()
    }
    timed.push({ span, before, after })
    await onWindow(done + 1, spans.length)
  }
  return {
    how: source.tokens ? 'simulated' : 'estimated',
    tokens,
    layers: places.map((place) => layers[place]!.layer),
    windows: timed,
  }
}

/** Up to `most` places, spread over all. */
function spread(count: number, most: number): number[] {
  const picked = Math.min(count, most)
  return Array.from({ length: picked }, (_, i) => Math.floor(((i + 0.5) * count) / picked))
}

/** Of counts alone: the roofline time of the device that is busiest when a step chooses as the counts do. */
function estimatedTime(
  { pkg, tokens }: Pick<MachineSetting, 'pkg' | 'tokens'>,
  loads: Float64Array,
  { before, after }: { readonly before: Slots; readonly after: Slots },
): { beforePs: number; afterPs: number } {
  const cost = rooflineCost(pkg)
  const all = loads.reduce((sum, load) => sum + load, 0)
  const perStep = all === 0 ? 0 : (tokens * pkg.model.topK) / all
  const busiest = (slots: Slots) => {
    const copies = copiesOf(slots, loads.length)
    return Math.max(
      ...slots.map((held) =>
        held.reduce((sum, expert) => sum + cost((loads[expert]! * perStep) / copies[expert]!), 0),
      ),
    )
  }
  return { beforePs: busiest(before), afterPs: busiest(after) }
}
