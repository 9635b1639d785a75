// A placement made from one part of what was recorded and judged on another: loads before and after, and drift between.

import type { ExpertMap } from '../schedulers/placements/expert-map.ts'
import { maxLoad, meanLoad, type Slots } from '../schedulers/placements/search/problem.ts'
import type { AlgorithmId } from './algorithm-ids.ts'
import { ALGORITHMS, type AlgorithmSetting } from './algorithms.ts'
import { cut, type PlaceSource, type Span, unitsOf } from './source.ts'

export interface StudySetting extends AlgorithmSetting {
  readonly algorithm: AlgorithmId
  readonly devices: number
  readonly slots: number
  readonly fit: Span
  /** Absent: there is nothing to judge on. */
  readonly judge?: Span | undefined
  /** Equal parts that `judge` is cut into. */
  readonly windows: number
  /** Where experts lie now, by place in the source's layers. */
  readonly current: readonly Slots[]
}

/** Loads of devices in one window under one placement. */
interface WindowLoad {
  readonly span: Span
  readonly before: number
  readonly after: number
  readonly mean: number
  /** Share of the selections that would have to change experts to be as those that the placement was made from: 0 to 1. */
  readonly drift: number
}

export interface LayerStudy {
  readonly layer: number
  readonly slots: Slots
  readonly meanLoad: number
  readonly maxLoad: number
  readonly maxLoadBefore: number
  readonly bound?: number | undefined
  readonly rule?: 'together' | 'apart' | undefined
  readonly windows: readonly WindowLoad[]
}

/** `onLayer` is awaited after each layer. Throws UserError. */
export async function placeLayers(
  source: PlaceSource,
  setting: StudySetting,
  onLayer: (done: number, total: number) => Promise<void>,
): Promise<LayerStudy[]> {
  const { algorithm, devices, slots, fit, judge, windows, current } = setting
  const place = await ALGORITHMS[algorithm].prepare(setting)
  const spans = judge === undefined ? [] : cut(judge, windows)
  const studies: LayerStudy[] = []
  for (const [at, layer] of source.layers.entries()) {
    const loads = source.loads(layer, fit)
    const placed = place({ loads, devices, slots }, layer)
    studies.push({
      layer,
      slots: placed.slots.map((held) => [...held].sort((a, b) => a - b)),
      meanLoad: meanLoad(loads, devices),
      maxLoad: maxLoad(placed.slots, loads),
      maxLoadBefore: maxLoad(current[at]!, loads),
      ...(placed.bound !== undefined && { bound: placed.bound }),
      ...(placed.rule !== undefined && { rule: placed.rule }),
      windows: spans.map((span) => {
        const judged = source.loads(layer, span)
        return {
          span,
          before: maxLoad(current[at]!, judged),
          after: maxLoad(placed.slots, judged),
          mean: meanLoad(judged, devices),
          drift: driftBetween(loads, judged),
        }
      }),
    })
    await onLayer(at + 1, source.layers.length)
  }
  return studies
}

/** Total variation distance of two distributions of selections. */
function driftBetween(before: Float64Array, after: Float64Array): number {
  const sum = (loads: Float64Array) => loads.reduce((total, load) => total + load, 0)
  const [all, others] = [sum(before), sum(after)]
  if (all === 0 || others === 0) return all === others ? 0 : 1
  return before.reduce((total, load, e) => total + Math.abs(load / all - after[e]! / others), 0) / 2
}

/** Whether a part holds anything at all. */
export function isEmpty(source: PlaceSource, span: Span): boolean {
  const [from, to] = unitsOf(span, source.units.count)
  return to <= from
}

export function mapOf(source: PlaceSource, devices: number, layers: readonly LayerStudy[]): ExpertMap {
  return {
    experts: source.experts,
    devices,
    layers: layers.map(({ layer }) => layer),
    slots: layers.map(({ slots }) => slots),
  }
}
