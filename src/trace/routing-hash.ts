// The identity of routing: a hash that does not depend on the file, its format or its path.
import type { Io } from '../io.ts'
import type { RoutingSource } from './source.ts'

/** What the hash is of. */
export type HashedRouting = Pick<RoutingSource, 'experts' | 'topK' | 'layers' | 'requests' | 'layerExperts'>

/**
 * SHA-256 (hex) over experts, top-k, layers, every request's id, prompt and total tokens, and all expert ids in
 * layer order. Goes through all layers of `source`, one at a time.
 */
export function routingSha256(io: Pick<Io, 'hash'>, source: HashedRouting): string {
  const hash = io.hash()
  hash.update(JSON.stringify(['moesim-routing', 1, source.experts, source.topK, source.layers]))
  for (const { id, prefillTokens, tokens } of source.requests) {
    hash.update(JSON.stringify([id, prefillTokens, tokens]))
  }
  for (const layer of source.layers) {
    const ids = source.layerExperts(layer)
    // Ids go in as little-endian 16-bit numbers, which is how every machine that Node 20 runs on but s390x has them.
    hash.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
  }
  return hash.hex()
}
