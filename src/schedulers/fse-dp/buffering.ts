// Options of token buffering, and what they make of a run.
import type { OptionsOf, OptionTable } from '../options.ts'
import type { Buffering } from '../scheduler.ts'

export const bufferingOptions = {
  buffering: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 100,
    source: 'FSE-DP paper (arXiv 2603.27624): token buffering, ablation A5',
    doc: 'percent of its forward passes in which a request may pause at a layer that needs a cold expert (A5: 20); end to end only',
  },
  cold: {
    type: 'integer',
    default: 2,
    min: 2,
    max: 1_000_000,
    doc: 'tokens below which an expert is cold to buffering; not published',
  },
  'buffering-unit': {
    type: 'enum',
    default: 'request',
    values: ['request', 'pair'],
    source: 'FSE-DP paper (arXiv 2603.27624): request as in its text, pair as in its reference code',
    doc: 'what waits: a whole request; or (token, expert) pairs, at most so many percent of the tokens at a layer, until their expert is warm, while their tokens go on without the result',
  },
  'buffering-resume': {
    type: 'enum',
    default: 'next',
    values: ['next', 'warm'],
    doc: 'when a paused request goes on: in the next iteration, or once none of its experts is cold or nothing else comes',
  },
  'buffering-stagger': {
    type: 'boolean',
    default: false,
    doc: 'requests earn their first pauses in turn; false: all in the same pass',
  },
} as const satisfies OptionTable

type BufferingOptions = OptionsOf<typeof bufferingOptions>

/** A pause in every round(100 / percent) passes: 10 for 10 %, 5 for 20 %, 3 for 30 %. */
export function bufferingOf({ buffering, cold, ...others }: BufferingOptions): Buffering | undefined {
  if (buffering === 0) return undefined
  return {
    ...{ forwardsPerCredit: Math.round(100 / buffering), coldTokens: cold, share: buffering / 100 },
    unit: others['buffering-unit'],
    resume: others['buffering-resume'],
    isStaggered: others['buffering-stagger'],
  }
}

/** Options of whole requests that pause. */
const OF_REQUESTS = ['buffering-resume', 'buffering-stagger'] as const

/** What would change nothing. */
export function bufferingConflict(values: BufferingOptions): { what: string; hint: string } | undefined {
  const given = (names: readonly (keyof BufferingOptions)[]) =>
    names.filter((name) => values[name] !== bufferingOptions[name].default)
  const idle = values.buffering === 0 ? given(['cold', 'buffering-unit', ...OF_REQUESTS]) : []
  if (idle.length > 0) {
    return {
      what: `fse-dp: ${idle.map((name) => `${name}=${values[name]}`).join(', ')} would change nothing without buffering`,
      hint: `leave ${idle.join(', ')} out, or add buffering=10 or another percentage`,
    }
  }
  const ofRequests = values['buffering-unit'] === 'pair' ? given(OF_REQUESTS) : []
  if (ofRequests.length > 0) {
    return {
      what: `fse-dp: with buffering-unit=pair, ${ofRequests.join(', ')} would change nothing`,
      hint: 'pairs always wait until their expert is warm, and take no credits; leave these options out, or use buffering-unit=request',
    }
  }
  if (values['buffering-stagger'] && bufferingOf(values)?.forwardsPerCredit === 1) {
    return {
      what: `fse-dp: with buffering=${values.buffering}, buffering-stagger=true would change nothing`,
      hint: 'every pass earns a pause there; leave buffering-stagger out, or lower the percentage',
    }
  }
  return undefined
}
