// The cross-token predictor: which experts follow which, from one token of a request to its next one.
import type { LayerWork } from './work.ts'

/** Share of all experts that each row of the map predicts (forecasting sheet 4.5 and section 8 no. 8). */
const PREDICTED_SHARE = 0.2

/** Map of one layer: how often expert j was chosen at token t + 1 after expert i at token t of the same request. */
export class CrossTokenMap {
  private readonly experts: number
  private readonly counts: Uint32Array
  private readonly sorted: Uint32Array
  private readonly lastChoice = new Map<number, { choices: Uint16Array; isDecode: boolean }>()

  constructor(experts: number) {
    this.experts = experts
    this.counts = new Uint32Array(experts * experts)
    this.sorted = new Uint32Array(experts)
  }

  /**
   * Learns the consecutive token pairs that end in this iteration. Prompt tokens pair among themselves, decode tokens
   * with the decode token of the step before; the step from the prompt to the first answer token is not counted.
   */
  learn(work: LayerWork): void {
    const { topK, tokens, choices, tokenRequest } = work
    const isDecode = work.phase === 'decode'
    for (let token = 0; token < tokens; token++) {
      const request = tokenRequest[token]!
      const now = choices.subarray(token * topK, (token + 1) * topK)
      const before = this.lastChoice.get(request)
      if (before !== undefined && before.isDecode === isDecode) this.count(before.choices, now)
      this.lastChoice.set(request, { choices: now, isDecode })
    }
  }

  /**
   * Marks in `predicted` the experts most likely to follow `expert`: the largest fifth of its row, as far as they ever
   * followed; equal counts by lower id.
   */
  predict(expert: number, predicted: Uint8Array): void {
    const row = this.counts.subarray(expert * this.experts, (expert + 1) * this.experts)
    const most = Math.ceil(PREDICTED_SHARE * this.experts)
    this.sorted.set(row)
    this.sorted.sort()
    const threshold = Math.max(1, this.sorted[this.experts - most]!)
    let above = 0
    for (const count of row) if (count > threshold) above++
    let atThreshold = most - above
    for (let next = 0; next < this.experts; next++) {
      if (row[next]! > threshold || (row[next] === threshold && atThreshold-- > 0)) predicted[next] = 1
    }
  }

  private count(before: Uint16Array, now: Uint16Array): void {
    for (const from of before) {
      for (const to of now) this.counts[from * this.experts + to] = this.counts[from * this.experts + to]! + 1
    }
  }
}
