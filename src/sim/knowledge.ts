// What is known of one layer's routing, worked out of the routing source when a scheduler asks for it.
import type { ModelShape } from '../model/shape.ts'
import type { IterationOutline, RoutingKnowledge, TransitionProfile } from '../schedulers/knowledge.ts'
import type { LayerRouting } from '../trace/source.ts'
import { choicesOf } from './choices.ts'
import type { Iteration } from './iteration.ts'

export interface KnowledgeSetting {
  readonly model: Pick<ModelShape, 'experts' | 'topK'>
  readonly routing: LayerRouting
  readonly layer: number
  /** The [row][slot] table of this layer: made once, since a generator makes a layer anew whenever it is asked. */
  readonly layerExperts: Uint16Array
  readonly iterations: readonly Iteration[]
}

/**
 * Keeps, once they are asked for, the table of the layer before, the transition counts of all its rows, and the profile of
 * the iteration asked for last.
 */
export class LayerKnowledge implements RoutingKnowledge {
  readonly iterations: readonly IterationOutline[]
  private readonly setting: KnowledgeSetting
  private readonly experts: number
  private readonly topK: number
  private previousExperts: Uint16Array | undefined
  private countsOfAllRows: Uint32Array | undefined
  private lastProfile: { readonly iteration: number; readonly profile: TransitionProfile } | undefined

  constructor(setting: KnowledgeSetting) {
    this.setting = setting
    this.experts = setting.model.experts
    this.topK = setting.model.topK
    this.iterations = setting.iterations.map(({ phase, rows }) => ({ phase, tokens: rows.length }))
  }

  get layer(): number {
    return this.setting.layer
  }

  tokensIn(iterations: readonly number[]): Uint32Array {
    const tokens = new Uint32Array(this.experts)
    for (const iteration of iterations) {
      for (const row of this.setting.iterations[iteration]!.rows) this.countRows(tokens, row, row + 1)
    }
    return tokens
  }

  choices(iteration: number): Uint16Array {
    const { iterations, layerExperts } = this.setting
    return choicesOf(iterations[iteration]!, layerExperts, this.topK)
  }

  heldOutTokens(): Uint32Array | undefined {
    const { routing, iterations } = this.setting
    const taken = new Set<number>()
    for (const { requests } of iterations) for (const request of requests) taken.add(request)
    // A batch that draws requests again has more places than there are requests, and takes them all.
    if (taken.size >= routing.requests.length) return undefined
    const tokens = new Uint32Array(this.experts)
    let row = 0
    routing.requests.forEach((request, index) => {
      if (!taken.has(index)) this.countRows(tokens, row, row + request.tokens)
      row += request.tokens
    })
    return tokens
  }

  previousChoices(iteration: number): Uint16Array | undefined {
    const previous = this.previousTable()
    return previous && choicesOf(this.setting.iterations[iteration]!, previous, this.topK)
  }

  transitions(iteration: number): TransitionProfile | undefined {
    if (this.lastProfile?.iteration === iteration) return this.lastProfile.profile
    const previous = this.previousTable()
    // A row that requests drawn again share counts once.
    const rows = new Set(this.setting.iterations[iteration]!.rows)
    const allRows = this.setting.layerExperts.length / this.topK
    if (previous === undefined || rows.size === allRows) return undefined
    this.countsOfAllRows ??= this.countAllTransitions(previous, allRows)
    const counts = this.countsOfAllRows.slice()
    for (const row of rows) this.countTransitions(counts, previous, row, -1)
    const { experts } = this
    const rowSums = new Float64Array(experts)
    for (let from = 0, at = 0; from < experts; from++) {
      for (let to = 0; to < experts; to++, at++) rowSums[from] = rowSums[from]! + counts[at]!
    }
    const profile = { experts, counts, rowSums }
    this.lastProfile = { iteration, profile }
    return profile
  }

  /** The table of the layer before this one in the routing source. */
  private previousTable(): Uint16Array | undefined {
    const { routing, layer } = this.setting
    const before = routing.layers[routing.layers.indexOf(layer) - 1]
    if (before !== undefined) this.previousExperts ??= routing.layerExperts(before)
    return this.previousExperts
  }

  /** Adds the choices of rows [fromRow, toRow) of this layer to a count of tokens per expert. */
  private countRows(tokens: Uint32Array, fromRow: number, toRow: number): void {
    const { layerExperts } = this.setting
    for (let at = fromRow * this.topK; at < toRow * this.topK; at++) {
      const expert = layerExperts[at]!
      tokens[expert] = tokens[expert]! + 1
    }
  }

  private countAllTransitions(previous: Uint16Array, rows: number): Uint32Array {
    const counts = new Uint32Array(this.experts * this.experts)
    for (let row = 0; row < rows; row++) this.countTransitions(counts, previous, row, 1)
    return counts
  }

  /** Adds (sign 1) or takes out (sign -1) all pairs of one row's choices in the two layers. */
  private countTransitions(counts: Uint32Array, previous: Uint16Array, row: number, sign: 1 | -1): void {
    const { layerExperts } = this.setting
    const from = row * this.topK
    const to = from + this.topK
    for (let before = from; before < to; before++) {
      const base = previous[before]! * this.experts
      for (let now = from; now < to; now++) {
        const at = base + layerExperts[now]!
        counts[at] = counts[at]! + sign
      }
    }
  }
}
