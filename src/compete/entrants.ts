// Who takes part in a competition: all schedulers and presets or those that are named, results sent back by all of them or by none.
import { splitSchedulerText } from '../schedulers/options.ts'
import { presets, schedulers } from '../schedulers/table.ts'

/**
 * As `--scheduler` names them. `named`: absent = all. `combines`: whether results are sent back, where a name does not say so
 * itself: by true those that cannot are left out, unless they are named; absent = as each does by itself.
 */
export function entrants(named: readonly string[] | undefined, combines: boolean | undefined): string[] {
  const all = named ?? [...Object.keys(schedulers), ...Object.keys(presets)]
  if (combines === undefined) return [...all]
  return all.flatMap((text) => {
    const { name = '', options = {} } = splitSchedulerText(text) ?? {}
    const scheduler = Object.hasOwn(presets, name) ? presets[name]!.scheduler : name
    const definition = Object.hasOwn(schedulers, scheduler) ? schedulers[scheduler] : undefined
    const option = definition?.options.combine
    if (option === undefined) {
      const canCompete = named !== undefined || !combines || definition?.computesAtRest === true
      return canCompete ? [text] : []
    }
    if ('combine' in options || option.default === combines) return [text]
    return [`${text}${text.includes(':') ? ',' : ':'}combine=${combines}`]
  })
}
