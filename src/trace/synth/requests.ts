// The requests of synthetic routing: how long each prompt and each answer is.
import { randomStream } from '../../engine/random.ts'
import type { TraceRequest } from '../source.ts'
import type { GeneratorSpec } from './generator-spec.ts'
import { normal } from './popularity.ts'

/** In order, ids '0', '1', ... Lengths drawn by `lengthSpread` are at least one token where their mean is. */
export function requestsOf(spec: GeneratorSpec, seed: number): TraceRequest[] {
  const lengths = lengthsOf(spec, seed)
  return Array.from({ length: spec.requests }, (_, index) => {
    const [prefillTokens, decodeTokens] = lengths(index)
    return { id: String(index), prefillTokens, tokens: prefillTokens + decodeTokens }
  })
}

/** Lengths of the requests, asked in order. */
function lengthsOf(spec: GeneratorSpec, seed: number): (index: number) => readonly [number, number] {
  const { lengths, lengthSpread = 0 } = spec.structure ?? {}
  if (lengths !== undefined) return (index) => lengths[index % lengths.length]!
  if (lengthSpread === 0) return () => [spec.prefillTokens, spec.decodeTokens]
  const random = randomStream(seed, 'routing/lengths')
  const drawn = (mean: number) => {
    // exp(-s^2/2) keeps the mean of the log-normal distribution.
    const factor = Math.exp(lengthSpread * normal(random) - lengthSpread ** 2 / 2)
    return mean === 0 ? 0 : Math.max(1, Math.round(mean * factor))
  }
  return () => [drawn(spec.prefillTokens), drawn(spec.decodeTokens)]
}
