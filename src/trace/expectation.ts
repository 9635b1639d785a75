// What a trace must fit: the model's experts, top-k and MoE layers, and the checks of rows against them.
import { fail } from '../errors.ts'
import type { ModelShape } from '../model/shape.ts'
import { MAX_EXPERTS } from './synth/generator-spec.ts'

/** The model a trace is read for. Experts and layers are never guessed from the ids seen. */
export interface TraceExpectation {
  /** Name for messages. */
  readonly model: string
  readonly experts: number
  readonly topK: number
  /** Model layer ids with routed experts, ascending. */
  readonly moeLayers: readonly number[]
  /** Transformer layers, dense ones included, where that is known: some formats have a place for every one. */
  readonly layers?: number | undefined
  /** Where the router limits tokens to groups of experts, so that its choice is not the top-k of its scores. */
  readonly router?: ModelShape['router']
}

/** What a trace of `model` must fit. */
export function expectationOf(model: ModelShape): TraceExpectation {
  const { name, experts, topK, moeLayers, layers, router } = model
  return { model: name, experts, topK, moeLayers, layers, router }
}

/** Checks rows against one expectation; every method returns what is wrong, or undefined. */
export class RowCheck {
  readonly expectation: TraceExpectation
  /** Stands in for a row that was refused, so that the rows after it stay in place until findings are thrown. */
  readonly placeholder: readonly number[]
  private readonly moeLayers: ReadonlySet<number>
  /** Row number in which an expert was last seen: finds repeats without clearing anything. */
  private readonly seenInRow: Uint32Array
  private row = 0

  constructor(expectation: TraceExpectation) {
    if (!(expectation.experts >= 1 && expectation.experts <= MAX_EXPERTS)) {
      fail('bad-value', { where: 'experts', expected: `1..${MAX_EXPERTS}`, got: `${expectation.experts}` })
    }
    this.expectation = expectation
    this.placeholder = new Array<number>(expectation.topK).fill(0)
    this.moeLayers = new Set(expectation.moeLayers)
    this.seenInRow = new Uint32Array(expectation.experts)
  }

  /** One top-k list. After an undefined result it is a list of fitting ids. */
  idsProblem(ids: unknown): string | undefined {
    if (!Array.isArray(ids)) return `experts must be a list of ids, got ${shown(ids)}`
    const { model, experts, topK } = this.expectation
    if (ids.length !== topK)
      return `row has ${count(ids.length, 'expert')}, model ${model} routes top-${topK}`
    this.row++
    for (const id of ids) {
      if (typeof id !== 'number' || !Number.isInteger(id)) {
        return `expert id must be a whole number, got ${shown(id)}`
      }
      if (id < 0 || id >= experts) {
        return `trace has expert ${id} but model ${model} has ${experts} experts (0..${experts - 1})`
      }
      if (this.seenInRow[id] === this.row) return `expert ${id} stands twice in one top-${topK} list`
      this.seenInRow[id] = this.row
    }
    return undefined
  }

  layerProblem(layer: number): string | undefined {
    if (this.moeLayers.has(layer)) return undefined
    const { model, moeLayers } = this.expectation
    return `layer ${layer} is not a MoE layer of model ${model} (MoE layers: ${layerList(moeLayers)})`
  }
}

/** A JSON value in at most 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** `1 token`, `2 tokens`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Layer ids for a message, the middle of a long list left out. */
export function layerList(layers: readonly number[]): string {
  if (layers.length === 0) return 'none'
  if (layers.length <= 8) return layers.join(', ')
  return `${layers.slice(0, 4).join(', ')}, ... ${layers.at(-1)}: ${layers.length} layers`
}
