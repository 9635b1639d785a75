// How improbable it is that choices of experts are alike.

/** So improbable, in bits, must what is odd be among tokens that choose any experts alike. */
export const LEAST_BITS = 16

/** Of one of all the sets of experts that a token can choose in a layer. */
export function bitsOfChoice({ experts, topK }: { readonly experts: number; readonly topK: number }): number {
  let bits = 0
  for (let i = 0; i < topK; i++) bits += Math.log2((experts - i) / (i + 1))
  return bits
}
