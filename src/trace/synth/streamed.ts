// Synthetic routing that is never held whole: made request by request, once for its hash and once for its rows.
import type { Io } from '../../io.ts'
import { RoutingHash } from '../routing-hash.ts'
import type { RequestRows, RoutingFacts } from '../source.ts'
import { labelOf } from './generator.ts'
import type { GeneratorSpec } from './generator-spec.ts'
import { checkGeneratorInput, type RoutingShape } from './generator-spec.ts'
import { LayerStream } from './layer-stream.ts'
import { requestsOf } from './requests.ts'

/** The requests in order with their rows: the same ids as generateRouting gives. Memory: one request, samplers of all layers. */
export function* syntheticRequests(
  spec: GeneratorSpec,
  shape: RoutingShape,
  seed: number,
): Generator<RequestRows> {
  const streams = shape.layers.map((layer) => [layer, new LayerStream(spec, shape, seed, layer)] as const)
  for (const request of requestsOf(spec, seed)) {
    const columns = new Map(streams.map(([layer, stream]) => [layer, stream.next([request])]))
    yield { ...request, columns }
  }
}

/** How many requests are made between two reports of progress. */
const STEP = 64

/** What is in it, the hash being that of its rows. Makes all of them. Throws UserError for impossible values. */
export async function syntheticFacts(
  io: Pick<Io, 'hash'>,
  spec: GeneratorSpec,
  shape: RoutingShape,
  seed: number,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<RoutingFacts> {
  checkGeneratorInput(spec, shape, seed)
  const { experts, topK, layers } = shape
  const hash = new RoutingHash(io, shape)
  let done = 0
  for (const request of syntheticRequests(spec, shape, seed)) {
    hash.add(request)
    if (++done % STEP === 0 || done === spec.requests) await onProgress(done, spec.requests)
  }
  const facts = { label: labelOf(spec, seed), kind: 'generator' as const, experts, topK, layers }
  return { ...facts, requests: requestsOf(spec, seed), sha256: hash.hex() }
}
