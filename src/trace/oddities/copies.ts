// What is a copy of another in a trace: tokens that all choose alike, layers that are one layer, requests that are one request.
import { count, layerList, shown, type TraceExpectation } from '../expectation.ts'
import type { RequestRows } from '../source.ts'
import { bitsOfChoice, LEAST_BITS } from './chance.ts'
import { LEAST_TOKENS } from './repeats.ts'

/** In one layer alone, whose router may have a favourite, more tokens than elsewhere must choose alike. */
export const LEAST_TOKENS_OF_LAYER = 64

/** So improbable, in bits, must equal requests be: a trace that was made by hand may have a short one twice. */
const LEAST_BITS_OF_REQUESTS = 64

/** Looks at the requests of a trace one by one. Memory: the first of them, while all others are like it. */
export class Copies {
  private readonly topK: number
  private readonly bits: number
  private requests = 0
  private tokens = 0
  private first: RequestRows | undefined
  private last = ''
  private isOneRequest = true
  private isOneLayer = true
  /** What every token so far has chosen, by layer; layers in which one has not are gone. */
  private readonly choices = new Map<number, Uint16Array>()
  private layers: readonly number[] = []

  constructor({ experts, topK }: Pick<TraceExpectation, 'experts' | 'topK'>) {
    this.topK = topK
    this.bits = bitsOfChoice({ experts, topK })
  }

  take(request: RequestRows): void {
    const { topK } = this
    if (this.requests === 0) {
      this.layers = [...request.columns.keys()]
      for (const [layer, ids] of request.columns) this.choices.set(layer, ids.slice(0, topK))
      this.first = request
    }
    this.requests++
    this.tokens += request.tokens
    this.last = request.id
    for (const [layer, choice] of this.choices) {
      const ids = request.columns.get(layer)
      if (ids !== undefined && !ids.every((id) => choice.includes(id))) this.choices.delete(layer)
    }
    this.isOneLayer &&= areAlike([...request.columns.values()])
    this.isOneRequest &&= this.isLikeFirst(request)
    if (!this.isOneRequest) this.first = undefined
  }

  /** Whether all tokens choose alike in every layer. */
  get isOneToken(): boolean {
    return this.choices.size === this.layers.length
  }

  /** In words. Where all tokens choose alike, so do all layers and requests, and only the first is said. */
  get found(): string[] {
    const { tokens, requests, layers } = this
    if (this.isOneToken) {
      const isMuch = tokens >= LEAST_TOKENS && this.bitsOf(tokens - 1) >= LEAST_BITS
      return isMuch ? [sameChoice(tokens, 'every layer')] : []
    }
    const texts: string[] = []
    if (this.choices.size > 0 && tokens >= LEAST_TOKENS_OF_LAYER) texts.push(deadLayers(tokens, this.choices))
    if (layers.length > 1 && this.isOneLayer) texts.push(sameLayers(layers.length, 'experts for every token'))
    if (this.isOneRequest && this.bitsOf(tokens - tokens / requests) >= LEAST_BITS_OF_REQUESTS)
      texts.push(
        `all ${requests} requests, ${shown(this.first!.id)} to ${shown(this.last)}, choose the same experts in each of their ${count(tokens / requests, 'row')}: was one request recorded ${requests} times?`,
      )
    return texts
  }

  /** How improbable it is that so many tokens are like others. */
  private bitsOf(tokens: number): number {
    return tokens * this.layers.length * this.bits
  }

  private isLikeFirst({ tokens, columns }: RequestRows): boolean {
    const { first } = this
    if (first === undefined || tokens !== first.tokens || columns.size !== first.columns.size) return false
    return [...columns].every(([layer, ids]) =>
      areAlike([ids, first.columns.get(layer) ?? new Uint16Array()]),
    )
  }
}

const areAlike = ([first, ...others]: readonly Uint16Array[]): boolean =>
  others.every((ids) => ids.length === first!.length && ids.every((expert, i) => expert === first![i]))

/** `where`: in which layers. */
export const sameChoice = (tokens: number, where: string): string =>
  `all ${tokens} tokens choose the same experts in ${where}: was one token recorded ${tokens} times?`

/** `choices`: what all tokens choose, by layer. */
export function deadLayers(tokens: number, choices: ReadonlyMap<number, ArrayLike<number>>): string {
  const [[layer, choice]] = [...choices] as [[number, ArrayLike<number>]]
  const experts = Array.from(choice).join(' ')
  return choices.size === 1
    ? `all ${tokens} tokens choose the same experts (${experts}) in layer ${layer}: was that layer recorded?`
    : `all ${tokens} tokens choose the same experts in each of ${count(choices.size, 'layer')} (${layerList([...choices.keys()])}): were these layers recorded?`
}

/** `what`: what of them. */
export const sameLayers = (layers: number, what: string): string =>
  `all ${count(layers, 'layer')} have the same ${what}: was one layer recorded ${layers} times?`
