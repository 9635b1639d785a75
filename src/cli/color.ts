// The one rule that decides about colour, for each stream by itself.
import { Chalk, type ChalkInstance } from 'chalk'
import type { OutputStream, Ports } from './ports.ts'

/** --color/--no-color, else FORCE_COLOR, else a terminal that is not dumb and neither NO_COLOR nor CI. */
export function wantsColor(flag: boolean | undefined, env: Ports['env'], stream: OutputStream): boolean {
  if (flag !== undefined) return flag
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  // By no-color.org, a variable that is set but empty does not count.
  return !env.NO_COLOR && !env.CI && env.TERM !== 'dumb' && stream.isTTY === true
}

/** chalk looks at the environment by a rule of its own, so its level is always set by ours. */
export function chalkFor(color: boolean): ChalkInstance {
  return new Chalk({ level: color ? 1 : 0 })
}
