// The cross-token map: which experts follow which, from one token of a request to its next one.
import { invariant } from '../../errors.ts'
import type { LayerWork } from '../work.ts'
import { expectedAfter } from './expectation.ts'

const NO_TOKEN = 0
const PROMPT_TOKEN = 1
const DECODE_TOKEN = 2

/** An iteration, as far as it is counted. */
type Step = Pick<LayerWork, 'iteration' | 'phase' | 'topK' | 'tokens' | 'choices' | 'tokenRequest'>

/**
 * Map of one layer: how often expert j was chosen at token t + 1 after expert i at token t of the same request. Iterations
 * are counted when a prediction is asked for, which in many layer steps nobody does, and once for all who learn them.
 */
export class CrossTokenMap {
  private readonly experts: number
  private readonly counts: Uint32Array
  private uncounted: Step[] = []
  /** Of each request's latest token: what it chose, [request][slot], and what kind of token it is. */
  private lastChoices = new Uint16Array(0)
  private lastKind = new Uint8Array(0)
  private lastWork: Step | undefined

  constructor(experts: number) {
    this.experts = experts
    this.counts = new Uint32Array(experts * experts)
  }

  /**
   * Learns the consecutive token pairs that end in this iteration. Prompt tokens pair among themselves, decode tokens
   * with the decode token of the step before; the step from the prompt to the first answer token is not counted. Those who
   * share the map learn in step: work that another has learnt is the last one.
   */
  learn(work: Step): void {
    if (work === this.lastWork) return
    const { iteration, phase, topK, tokens, choices, tokenRequest } = work
    const last = this.lastWork?.iteration ?? -1
    invariant(iteration >= last, () => `iteration ${iteration} was learnt after iteration ${last}`)
    this.lastWork = work
    // Not the work itself, which holds much more and may wait for long.
    this.uncounted.push({ iteration, phase, topK, tokens, choices, tokenRequest })
  }

  /**
   * Whether `next` is among the `most` experts most likely to follow `expert`: the largest counts of its row, as far as they
   * ever followed; of equal counts those with lower ids.
   */
  foretells(expert: number, next: number, most: number): boolean {
    if (this.uncounted.length > 0) this.countAll()
    const { counts, experts } = this
    const row = expert * experts
    const count = counts[row + next]!
    if (count === 0) return false
    let ahead = 0
    for (let other = 0; other < experts; other++) {
      const of = counts[row + other]!
      if (of > count || (of === count && other < next)) ahead++
    }
    return ahead < most
  }

  /**
   * Tokens expected of each expert when the requests of the iteration learnt last go on, each from its latest token there:
   * [experts]. undefined before anything was learnt.
   */
  expected(): Float64Array | undefined {
    if (this.lastWork === undefined) return undefined
    this.countAll()
    const { topK, tokenRequest } = this.lastWork
    const came = new Float64Array(this.experts)
    for (const request of new Set(tokenRequest)) {
      for (const expert of this.lastChoices.subarray(request * topK, (request + 1) * topK)) {
        came[expert] = came[expert]! + 1
      }
    }
    return expectedAfter(came, this.counts)
  }

  private countAll(): void {
    for (const step of this.uncounted) this.count(step)
    this.uncounted = []
  }

  private count({ phase, topK, tokens, choices, tokenRequest }: Step): void {
    this.makeRoom(tokenRequest, topK)
    const { counts, experts, lastChoices, lastKind } = this
    const kind = phase === 'decode' ? DECODE_TOKEN : PROMPT_TOKEN
    // Four of the next token's experts at a time: what a row costs to find is shared by four counts.
    const fours = topK - (topK % 4)
    for (let token = 0; token < tokens; token++) {
      const request = tokenRequest[token]!
      const before = request * topK
      const now = token * topK
      if (lastKind[request] === kind) {
        for (let j = now; j < now + fours; j += 4) {
          const [a, b, c, d] = [choices[j]!, choices[j + 1]!, choices[j + 2]!, choices[j + 3]!]
          for (let i = before; i < before + topK; i++) {
            const row = lastChoices[i]! * experts
            counts[row + a]!++
            counts[row + b]!++
            counts[row + c]!++
            counts[row + d]!++
          }
        }
        for (let j = now + fours; j < now + topK; j++) {
          for (let i = before; i < before + topK; i++) counts[lastChoices[i]! * experts + choices[j]!]!++
        }
      }
      for (let slot = 0; slot < topK; slot++) lastChoices[before + slot] = choices[now + slot]!
      lastKind[request] = kind
    }
  }

  /** Makes the tables of latest tokens reach to the last of these requests. */
  private makeRoom(requests: Int32Array, topK: number): void {
    let needed = 0
    for (const request of requests) if (request >= needed) needed = request + 1
    if (needed <= this.lastKind.length) return
    const kinds = new Uint8Array(needed).fill(NO_TOKEN)
    const choices = new Uint16Array(needed * topK)
    kinds.set(this.lastKind)
    choices.set(this.lastChoices)
    this.lastKind = kinds
    this.lastChoices = choices
  }
}
