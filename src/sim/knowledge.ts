// What is known of one layer's routing, worked out of the routing source when a scheduler asks for it.
import { randomStream } from '../engine/random.ts'
import type { ModelShape } from '../model/shape.ts'
import type {
  ActivationMap,
  IterationOutline,
  RoutingKnowledge,
  TransitionProfile,
} from '../schedulers/knowledge.ts'
import { CrossTokenMap } from '../schedulers/predictors/cross-token-map.ts'
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
  /** Of the run; 0 if absent. */
  readonly seed?: number | undefined
}

/**
 * Keeps, once they are asked for, the cross-token map, the table of the layer before, the transition counts of all its rows,
 * and the profile of the iteration asked for last.
 */
export class LayerKnowledge implements RoutingKnowledge {
  readonly iterations: readonly IterationOutline[]
  private readonly setting: KnowledgeSetting
  private readonly experts: number
  private readonly topK: number
  private previousExperts: Uint16Array | undefined
  private countsOfAllRows: Uint32Array | undefined
  private crossTokenMap: CrossTokenMap | undefined
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

  get crossTokens(): CrossTokenMap {
    this.crossTokenMap ??= new CrossTokenMap(this.experts)
    return this.crossTokenMap
  }

  tokensIn(iterations: readonly number[]): Uint32Array {
    const tokens = new Uint32Array(this.experts)
    for (const iteration of iterations) {
      for (const row of this.setting.iterations[iteration]!.rows)
        this.countRows(tokens, this.setting.layerExperts, row, row + 1)
    }
    return tokens
  }

  choices(iteration: number): Uint16Array {
    const { iterations, layerExperts } = this.setting
    return choicesOf(iterations[iteration]!, layerExperts, this.topK)
  }

  requests(iteration: number): Int32Array {
    return this.setting.iterations[iteration]!.requests
  }

  chance(purpose: string): () => number {
    return randomStream(this.setting.seed ?? 0, `${purpose} in layer ${this.layer}`)
  }

  heldOutTokens(): Uint32Array | undefined {
    const heldOut = this.heldOut()
    if (heldOut.length === 0) return undefined
    const tokens = new Uint32Array(this.experts)
    for (const { fromRow, toRow } of heldOut)
      this.countRows(tokens, this.setting.layerExperts, fromRow, toRow)
    return tokens
  }

  heldOutMaps(most: number): ActivationMap[] {
    const previous = this.previousTable()
    const heldOut = this.heldOut().slice(0, most)
    return heldOut
      .filter(({ fromRow, toRow }) => toRow > fromRow)
      .map(({ fromRow, toRow }) => {
        const countIn = (table: Uint16Array) => {
          const tokens = new Float64Array(this.experts)
          this.countRows(tokens, table, fromRow, toRow)
          return tokens
        }
        const here = countIn(this.setting.layerExperts)
        const before = previous && countIn(previous)
        const squares = [...here, ...(before ?? [])].reduce((sum, tokens) => sum + tokens * tokens, 0)
        const hereTokens = (toRow - fromRow) * this.topK
        return { here, ...(before && { before }), hereTokens, length: Math.sqrt(squares) }
      })
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

  /** Rows of the requests that the run takes no token of. */
  private heldOut(): { readonly fromRow: number; readonly toRow: number }[] {
    const { routing, iterations } = this.setting
    const taken = new Set<number>()
    for (const { requests } of iterations) for (const request of requests) taken.add(request)
    let fromRow = 0
    return routing.requests.flatMap(({ tokens }, index) => {
      const rows = { fromRow, toRow: fromRow + tokens }
      fromRow = rows.toRow
      return taken.has(index) ? [] : [rows]
    })
  }

  /** Adds the choices of rows [fromRow, toRow) of a layer's table to a count of tokens per expert. */
  private countRows(
    tokens: Uint32Array | Float64Array,
    table: Uint16Array,
    fromRow: number,
    toRow: number,
  ): void {
    for (let at = fromRow * this.topK; at < toRow * this.topK; at++) {
      const expert = table[at]!
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
