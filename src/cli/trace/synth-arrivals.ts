// The arrivals that `moesim trace synth` is asked for, and the lengths that a recording of them has.
import { fail } from '../../errors.ts'
import type { GeneratorSpec } from '../../trace/synth/generator-spec.ts'
import type { Session } from '../session.ts'
import type { SynthOptions } from './synth-options.ts'

/** A recording of a day of a large service is a few MiB. */
const LIMIT_BYTES = 256 * 2 ** 20

interface Arrivals {
  /** Of requests in order, since the start. */
  readonly seconds: (requests: number, seed: number) => number[]
  /** Of the recorded requests in order, where it is a recording. */
  readonly lengths?: readonly (readonly [prefillTokens: number, decodeTokens: number])[]
}

/** What `--arrivals` means. Throws UserError. */
export async function arrivalsOf(session: Session, text: string | undefined): Promise<Arrivals | undefined> {
  if (text === undefined) return undefined
  const { parseArrivals, poissonArrivals, replayedArrivals } = await import('../../trace/synth/arrivals.ts')
  const [, rate] = /^poisson:(.*)$/.exec(text) ?? []
  if (rate !== undefined) {
    const perSecond = /^\d+(\.\d+)?$/.test(rate) ? Number(rate) : 0
    if (perSecond <= 0) {
      const what = `--arrivals poisson:RATE needs a number of requests per second above 0, got "${rate}"`
      return fail('usage', { what })
    }
    return { seconds: (requests, seed) => poissonArrivals(requests, perSecond, seed) }
  }
  const { readConfig } = await import('../../config/library.ts')
  const recorded = parseArrivals(await readConfig(session.io, text, LIMIT_BYTES), text)
  return {
    seconds: (requests) => replayedArrivals(requests, recorded),
    lengths: recorded.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens] as const),
  }
}

/** The spec with the lengths of a recording, unless the options say lengths themselves. */
export function withLengths(
  spec: GeneratorSpec,
  arrivals: Arrivals | undefined,
  { promptTokens, answerTokens, lengthSpread, requests }: SynthOptions,
): GeneratorSpec {
  const lengths = arrivals?.lengths
  if (lengths === undefined || (promptTokens ?? answerTokens ?? lengthSpread) !== undefined) return spec
  const count = requests === undefined ? lengths.length : spec.requests
  const used = lengths.slice(0, count)
  const mean = (part: 0 | 1) => Math.round(used.reduce((sum, pair) => sum + pair[part], 0) / used.length)
  return {
    ...{ ...spec, requests: count, prefillTokens: mean(0), decodeTokens: mean(1) },
    structure: { ...spec.structure, lengths: used },
  }
}
