// From the workload an experiment asks for to iterations: which trace rows each forward pass takes.
import type { WorkloadSpec } from '../config/experiment/experiment.ts'
import { fail } from '../errors.ts'
import type { Compat } from '../hardware/package.ts'
import { sharedInts } from '../shared-ints.ts'
import type { Spread } from '../sim/batch.ts'
import type { Iteration } from '../sim/iteration.ts'
import type { RoutingSource } from '../trace/source.ts'
import { drawRequests } from './resample.ts'

/** The forecasting paper simulates the prefill and at most this many decode steps. */
const PAPER_DECODE_STEPS = 127

export interface Workload {
  readonly iterations: readonly Iteration[]
  /** How the tokens of an iteration are dealt to dies. */
  readonly spread: Spread
}

export function buildWorkload(spec: WorkloadSpec, compat: Compat, source: RoutingSource): Workload {
  return spec.kind === 'tokens'
    ? {
        iterations: tokenBatches(source, spec.tokens, spec.iterations, spec.concurrent ?? 1),
        spread: 'tokens',
      }
    : { iterations: lockStep(source, spec, compat), spread: 'requests' }
}

/**
 * Every iteration takes the next `tokens` rows of requests in their order, never wrapping around: an equal part of
 * `concurrent` requests, and what one that ends leaves open from the next. Of more requests than tokens each iteration
 * takes one token of those that have waited longest.
 */
function tokenBatches(
  source: RoutingSource,
  tokens: number,
  iterations: number,
  concurrent: number,
): Iteration[] {
  assertTokens(source, tokens, iterations)
  const part = Math.ceil(tokens / concurrent)
  let firstRow = 0
  let open = source.requests.map((request, index): OpenRequest => {
    const from = firstRow
    firstRow += request.tokens
    return { index, next: from, end: firstRow, answer: from + request.prefillTokens }
  })
  return Array.from({ length: iterations }, () => {
    const counts = partsOf(open, tokens, part)
    const taken = new RowTaker(tokens)
    let prefillRows = 0
    for (const [request, count] of inOrder(counts)) {
      for (let i = 0; i < count; i++) taken.take(request.next + i, request.index)
      prefillRows += Math.max(0, Math.min(request.next + count, request.answer) - request.next)
      request.next += count
    }
    if ([...counts.keys()].some(({ next, end }) => next === end)) {
      open = open.filter(({ next, end }) => next < end)
    }
    if (concurrent > tokens) open = servedLast(open, counts, concurrent)
    const phase = prefillRows === tokens ? 'prefill' : prefillRows === 0 ? 'decode' : 'mixed'
    return taken.iteration(phase)
  })
}

/** A request that has rows left: `next` to `end`, those before `answer` being its prompt. */
interface OpenRequest {
  readonly index: number
  next: number
  readonly end: number
  readonly answer: number
}

const inOrder = (counts: ReadonlyMap<OpenRequest, number>) =>
  [...counts].sort(([a], [b]) => a.index - b.index)

/** Of the `concurrent` requests under way, those that had no turn come first. */
function servedLast(
  open: readonly OpenRequest[],
  counts: ReadonlyMap<OpenRequest, number>,
  concurrent: number,
): OpenRequest[] {
  const underWay = open.slice(0, concurrent)
  const hadTurn = (request: OpenRequest) => counts.has(request)
  return [
    ...underWay.filter((request) => !hadTurn(request)),
    ...underWay.filter(hadTurn),
    ...open.slice(concurrent),
  ]
}

/** How many rows each request gives to an iteration, in their order. They must have as many together. */
function partsOf(open: readonly OpenRequest[], tokens: number, part: number): Map<OpenRequest, number> {
  const counts = new Map<OpenRequest, number>()
  let room = tokens
  // Where fewer requests are left than run at a time, each gives more than its part.
  while (room > 0) {
    for (const request of open) {
      if (room === 0) break
      const before = counts.get(request) ?? 0
      const count = Math.min(part, room, request.end - request.next - before)
      counts.set(request, before + count)
      room -= count
    }
  }
  return counts
}

function assertTokens(source: RoutingSource, tokens: number, iterations: number): void {
  const available = source.requests.reduce((sum, request) => sum + request.tokens, 0)
  if (tokens * iterations <= available) return
  fail(
    'capacity',
    {
      what:
        iterations === 1
          ? `one iteration of ${tokens} tokens`
          : `${iterations} iterations of ${tokens} tokens`,
      needs: `${tokens * iterations} tokens`,
      has: `${available}`,
      hint: `take fewer tokens or iterations${orMore(source)}`,
    },
    { file: source.label },
  )
}

type LockStep = Extract<WorkloadSpec, { kind: 'requests' }>

/** All prefills together, then step s takes the s-th decode token of every request that still has one. */
function lockStep(source: RoutingSource, spec: LockStep, compat: Compat): Iteration[] {
  const { requests, decodeSteps } = spec
  const drawn = drawBatch(source, spec)
  const batch = Array.from(drawn, (request) => source.requests[request]!)
  const starts = requestStarts(source)
  const firstRow = drawn.map((request) => starts[request]!)
  const prefill = new RowTaker(batch.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0))
  batch.forEach((request, index) => {
    for (let t = 0; t < request.prefillTokens; t++) prefill.take(firstRow[index]! + t, index)
  })
  const iterations: Iteration[] = prefill.isEmpty ? [] : [prefill.iteration('prefill')]
  for (let step = 0; step < stepCount(source, batch, decodeSteps, compat); step++) {
    const decode = new RowTaker(batch.length)
    batch.forEach((request, index) => {
      const t = request.prefillTokens + step
      if (t < request.tokens) decode.take(firstRow[index]! + t, index)
    })
    iterations.push(decode.iteration('decode'))
  }
  if (iterations.length === 0) {
    fail(
      'conflict',
      {
        what: `the first ${requests} requests have no prefill rows and no decode steps are asked for`,
        hint: 'raise --decode-steps',
      },
      { file: source.label },
    )
  }
  return iterations
}

/** The request of the source that each place of the batch replays. */
function drawBatch(source: RoutingSource, { requests, resampleSeed }: LockStep): Int32Array {
  const recorded = source.requests.length
  if (requests <= recorded) return Int32Array.from({ length: requests }, (_, request) => request)
  if (resampleSeed !== undefined) return drawRequests(requests, recorded, resampleSeed)
  return fail(
    'capacity',
    {
      what: `a batch of ${requests} requests`,
      needs: `${requests} requests`,
      has: `${recorded}`,
      hint: `take fewer requests${orMore(source)}, or have requests drawn again: --resample, or workload.resample: true`,
    },
    { file: source.label },
  )
}

/** First row of each request. */
function requestStarts({ requests }: RoutingSource): Int32Array {
  const starts = new Int32Array(requests.length)
  for (let i = 1; i < requests.length; i++) starts[i] = starts[i - 1]! + requests[i - 1]!.tokens
  return starts
}

function stepCount(
  source: RoutingSource,
  batch: RoutingSource['requests'],
  decodeSteps: number | 'all',
  compat: Compat,
): number {
  const longest = batch.reduce((most, request) => Math.max(most, request.tokens - request.prefillTokens), 0)
  if (decodeSteps !== 'all' && decodeSteps > longest) {
    fail(
      'capacity',
      {
        what: `decoding ${decodeSteps} steps`,
        needs: `${decodeSteps} decode tokens in one request`,
        has: `${longest} in the longest of the ${batch.length} requests`,
        hint: `take fewer decode steps${orMore(source)}`,
      },
      { file: source.label },
    )
  }
  const steps = decodeSteps === 'all' ? longest : decodeSteps
  return compat === 'paper' ? Math.min(steps, PAPER_DECODE_STEPS) : steps
}

/** Collects up to `most` rows of an iteration. */
class RowTaker {
  private readonly rows: Int32Array
  private readonly requests: Int32Array
  private taken = 0

  constructor(most: number) {
    this.rows = new Int32Array(most)
    this.requests = new Int32Array(most)
  }

  get isEmpty(): boolean {
    return this.taken === 0
  }

  take(row: number, request: number): void {
    this.rows[this.taken] = row
    this.requests[this.taken++] = request
  }

  iteration(phase: Iteration['phase']): Iteration {
    return { phase, rows: this.sharedPart(this.rows), requests: this.sharedPart(this.requests) }
  }

  private sharedPart(column: Int32Array): Int32Array {
    const part = sharedInts(this.taken)
    part.set(column.subarray(0, this.taken))
    return part
  }
}

function orMore(source: RoutingSource): string {
  return source.kind === 'file'
    ? ', or give a longer trace'
    : ', or let the generator make more (generator.requests)'
}
