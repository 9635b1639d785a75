// Which kind each token is: drawn by request, the same for every layer.
import { randomStream } from '../../engine/random.ts'
import type { TraceRequest } from '../source.ts'
import { shuffled } from '../statistics/nulls.ts'
import type { StructureKnobs } from './knobs.ts'

/** Kinds of the tokens of requests that are asked for in order. A pass of its own gives every layer the same kinds. */
export class TokenClasses {
  readonly classes: number
  private readonly focus: number
  private readonly persistence: number
  private readonly random: () => number
  /** Requests take turns, so that few of them use all kinds evenly. */
  private readonly turns: Int32Array

  private own = 0
  private current: number | undefined

  constructor({ classes = 0, focus = 0, persistence = 0 }: StructureKnobs, seed: number) {
    this.classes = classes
    this.focus = focus
    this.persistence = persistence
    this.random = randomStream(seed, 'routing/classes')
    const order = Int32Array.from({ length: classes }, (_, kind) => kind)
    this.turns = shuffled(order, randomStream(seed, 'routing/class-turns'))
  }

  /** Begins the next request, the `index`th. */
  begin(index: number): void {
    this.own = this.ownOf(index)
    this.current = undefined
  }

  /** Kind of the next token of the request. */
  next(): number {
    const { current, persistence, focus, random } = this
    if (persistence > 0 && current !== undefined && random() < persistence) return current
    const point = random()
    // The rest of the one uniform number is uniform again.
    const kind = point < focus ? this.own : Math.floor(((point - focus) / (1 - focus)) * this.classes)
    this.current = kind
    return kind
  }

  private ownOf(request: number): number {
    return this.turns[request % this.classes]!
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
