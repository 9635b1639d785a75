// Which kind each token is: drawn by request, the same for every layer.
import { randomStream } from '../../engine/random.ts'
import type { TraceRequest } from '../source.ts'
import { shuffled } from '../statistics/nulls.ts'

/** Kinds of the tokens of requests that are asked for in order. A pass of its own gives every layer the same kinds. */
export class TokenClasses {
  readonly classes: number
  private readonly focus: number
  private readonly random: () => number
  /** Requests take turns, so that few of them use all kinds evenly. */
  private readonly turns: Int32Array

  constructor(classes: number, focus: number, seed: number) {
    this.classes = classes
    this.focus = focus
    this.random = randomStream(seed, 'routing/classes')
    const order = Int32Array.from({ length: classes }, (_, kind) => kind)
    this.turns = shuffled(order, randomStream(seed, 'routing/class-turns'))
  }

  /** The request's own kind. */
  ownOf(request: number): number {
    return this.turns[request % this.classes]!
  }

  /** Kind of the next token of a request whose own kind is `own`. */
  next(own: number): number {
    const point = this.random()
    // The rest of the one uniform number is uniform again.
    if (point < this.focus) return own
    return Math.floor(((point - this.focus) / (1 - this.focus)) * this.classes)
  }

  /** How frequent each kind is to be expected among the tokens that `tokensOf` counts of each request: [kind], 1 in sum. */
  frequencies(requests: readonly TraceRequest[], tokensOf: (request: TraceRequest) => number): Float64Array {
    const own = new Float64Array(this.classes)
    for (const [index, request] of requests.entries()) own[this.ownOf(index)]! += tokensOf(request)
    const tokens = own.reduce((a, b) => a + b, 0)
    const any = (1 - this.focus) / this.classes
    return own.map((count) => any + this.focus * (tokens > 0 ? count / tokens : 1 / this.classes))
  }
}
