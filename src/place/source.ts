// What a placement is made from and judged on: how often experts were chosen, by parts of a trace or of recorded counts.
import type { RoutingSource } from '../trace/source.ts'

/** A part of what was recorded, as shares of it: from 0 to 1. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface PlaceSource {
  readonly path: string
  /** Absent: counts whose model nobody named. */
  readonly model?: string | undefined
  readonly experts: number
  /** Transformer layers, dense ones included. */
  readonly allLayers: number
  /** Ids of the layers that are placed, ascending. */
  readonly layers: readonly number[]
  /** What it can be cut into: tokens one after the other, recorded steps, or nothing. */
  readonly units: { readonly kind: 'tokens' | 'steps' | 'whole'; readonly count: number }
  /** Absent: counts alone. */
  readonly tokens?: RoutingSource | undefined
  /** Selections of each expert of a layer in a part: [expert]. */
  loads(layer: number, span: Span): Float64Array
}

/** Of tokens, cut in the order of the trace: request after request. */
export function tokenSource(
  path: string,
  model: string,
  allLayers: number,
  source: RoutingSource,
): PlaceSource {
  const { experts, layers, topK, requests } = source
  const count = requests.reduce((sum, { tokens }) => sum + tokens, 0)
  return {
    ...{ path, model, experts, allLayers, layers, tokens: source },
    units: { kind: 'tokens', count },
    loads(layer, span) {
      const [from, to] = unitsOf(span, count)
      const loads = new Float64Array(experts)
      const ids = source.layerExperts(layer)
      for (let at = from * topK; at < to * topK; at++) loads[ids[at]!]! += 1
      return loads
    },
  }
}

/** Of counts by step: `steps[step]` has, for each layer, the counts of its experts. */
export function countSource(
  facts: Pick<PlaceSource, 'path' | 'model' | 'experts' | 'allLayers' | 'layers'>,
  steps: readonly ReadonlyMap<number, Float64Array>[],
): PlaceSource {
  return {
    ...facts,
    units: { kind: steps.length > 1 ? 'steps' : 'whole', count: steps.length },
    loads(layer, span) {
      const [from, to] = unitsOf(span, steps.length)
      const loads = new Float64Array(facts.experts)
      for (const step of steps.slice(from, to)) {
        for (const [expert, count] of step.get(layer)!.entries()) loads[expert]! += count
      }
      return loads
    },
  }
}

/** The first unit of a part, and the first one behind it. */
export function unitsOf({ from, to }: Span, count: number): [number, number] {
  return [Math.round(from * count), Math.round(to * count)]
}

/** Whether the first unit of a part comes after the last one of another. */
export function isAfter(part: Span, other: Span, count: number): boolean {
  return unitsOf(part, count)[0] >= unitsOf(other, count)[1]
}

/** A part cut into so many of equal length. */
export function cut({ from, to }: Span, parts: number): Span[] {
  const at = (part: number) => from + ((to - from) * part) / parts
  return Array.from({ length: parts }, (_, part) => ({ from: at(part), to: at(part + 1) }))
}
