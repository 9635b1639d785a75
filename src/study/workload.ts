// From the workload an experiment asks for to iterations: which trace rows each forward pass takes.
import type { WorkloadSpec } from '../config/experiment.ts'
import { fail } from '../errors.ts'
import type { Compat } from '../schedulers/scheduler.ts'
import type { Iteration } from '../sim/iteration.ts'
import type { RoutingSource } from '../trace/source.ts'

/** The forecasting paper simulates the prefill and at most this many decode steps. */
const PAPER_DECODE_STEPS = 127

export interface Workload {
  readonly iterations: readonly Iteration[]
  /** How the tokens of an iteration are dealt to dies. */
  readonly spread: 'tokens' | 'requests'
}

export function buildWorkload(spec: WorkloadSpec, compat: Compat, source: RoutingSource): Workload {
  return spec.kind === 'tokens'
    ? { iterations: tokenBatches(source, spec.tokens, spec.iterations), spread: 'tokens' }
    : { iterations: lockStep(source, spec.requests, spec.decodeSteps, compat), spread: 'requests' }
}

/** Requests one after the other; iteration i takes rows [i * tokens, (i + 1) * tokens) and never wraps around. */
function tokenBatches(source: RoutingSource, tokens: number, iterations: number): Iteration[] {
  const available = source.requests.reduce((sum, request) => sum + request.tokens, 0)
  if (tokens * iterations > available) {
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
  const rowRequest = new Int32Array(tokens * iterations)
  const rowIsPrefill = new Uint8Array(tokens * iterations)
  let row = 0
  source.requests.forEach((request, index) => {
    for (let t = 0; t < request.tokens && row < rowRequest.length; t++, row++) {
      rowRequest[row] = index
      rowIsPrefill[row] = t < request.prefillTokens ? 1 : 0
    }
  })
  return Array.from({ length: iterations }, (_, i) => {
    const from = i * tokens
    const prefillRows = rowIsPrefill.subarray(from, from + tokens).reduce((sum, flag) => sum + flag, 0)
    return {
      phase: prefillRows === tokens ? 'prefill' : prefillRows === 0 ? 'decode' : 'mixed',
      rows: Int32Array.from({ length: tokens }, (_, t) => from + t),
      requests: rowRequest.slice(from, from + tokens),
    }
  })
}

/** All prefills together, then step s takes the s-th decode token of every request that still has one. */
function lockStep(
  source: RoutingSource,
  requests: number,
  decodeSteps: number | 'all',
  compat: Compat,
): Iteration[] {
  if (requests > source.requests.length) {
    fail(
      'capacity',
      {
        what: `a batch of ${requests} requests`,
        needs: `${requests} requests`,
        has: `${source.requests.length}`,
        hint: `take fewer requests${orMore(source)}`,
      },
      { file: source.label },
    )
  }
  const batch = source.requests.slice(0, requests)
  const firstRow: number[] = []
  let row = 0
  for (const request of batch) {
    firstRow.push(row)
    row += request.tokens
  }
  const prefill: RowTaker = { rows: [], requests: [] }
  batch.forEach((request, index) => {
    for (let t = 0; t < request.prefillTokens; t++) take(prefill, firstRow[index]! + t, index)
  })
  const iterations: Iteration[] = prefill.rows.length > 0 ? [asIteration('prefill', prefill)] : []
  for (let step = 0; step < stepCount(source, batch, decodeSteps, compat); step++) {
    const decode: RowTaker = { rows: [], requests: [] }
    batch.forEach((request, index) => {
      const t = request.prefillTokens + step
      if (t < request.tokens) take(decode, firstRow[index]! + t, index)
    })
    iterations.push(asIteration('decode', decode))
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

interface RowTaker {
  readonly rows: number[]
  readonly requests: number[]
}

function take(into: RowTaker, row: number, request: number): void {
  into.rows.push(row)
  into.requests.push(request)
}

function asIteration(phase: Iteration['phase'], taken: RowTaker): Iteration {
  return { phase, rows: Int32Array.from(taken.rows), requests: Int32Array.from(taken.requests) }
}

function orMore(source: RoutingSource): string {
  return source.kind === 'file'
    ? ', or give a longer trace'
    : ', or let the generator make more (generator.requests)'
}
