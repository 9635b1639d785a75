// The identity of routing: a hash that does not depend on the file, its format or its path.
import type { Io } from '../io.ts'
import type { RequestRows, RoutingSource, TraceRequest } from './source.ts'

type Hash = ReturnType<Io['hash']>

/**
 * SHA-256 (hex) over experts, top-k, layers, every request's id, prompt and total tokens, and all expert ids: each layer has
 * a hash of its own and the whole is the hash of these, so that it can be taken layer by layer and request by request alike.
 * Goes through all layers of `source`, one at a time.
 */
export function routingSha256(
  io: Pick<Io, 'hash'>,
  source: Pick<RoutingSource, 'experts' | 'topK' | 'layers' | 'requests' | 'layerExperts'>,
): string {
  const hash = new RoutingHash(io, source)
  for (const request of source.requests) hash.addRequest(request)
  for (const layer of source.layers) hash.addIds(layer, source.layerExperts(layer))
  return hash.hex()
}

/** The same for routing that is never held whole: takes one request after the other. */
export class RoutingHash {
  private readonly io: Pick<Io, 'hash'>
  private readonly shape: Pick<RoutingSource, 'experts' | 'topK'>
  private readonly requests: Hash
  private readonly layers = new Map<number, Hash>()

  constructor(io: Pick<Io, 'hash'>, shape: Pick<RoutingSource, 'experts' | 'topK'>) {
    this.io = io
    this.shape = shape
    this.requests = io.hash()
  }

  /** Its layers ascend. */
  add(request: RequestRows): void {
    this.addRequest(request)
    for (const [layer, ids] of request.columns) this.addIds(layer, ids)
  }

  addRequest({ id, prefillTokens, tokens }: TraceRequest): void {
    this.requests.update(JSON.stringify([id, prefillTokens, tokens]))
  }

  addIds(layer: number, ids: Uint16Array): void {
    const hash = this.layers.get(layer) ?? this.io.hash()
    this.layers.set(layer, hash)
    // Ids go in as little-endian 16-bit numbers, which is how every machine that Node 20 runs on but s390x has them.
    hash.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
  }

  /** Once, after everything is added. */
  hex(): string {
    const { experts, topK } = this.shape
    const layers = [...this.layers].map(([layer, hash]) => [layer, hash.hex()])
    const hash = this.io.hash()
    hash.update(JSON.stringify(['moesim-routing', 2, experts, topK, this.requests.hex(), layers]))
    return hash.hex()
  }
}
