// Schedulers that do not come with moesim: what fails in them is no bug of moesim, and is explained by whoever added them.
import { UserError } from '../errors.ts'

/** The error to throw in the place of one that a scheduler has thrown, or the machine because of what a scheduler did. */
export type Explain = (error: unknown) => UserError

const explanations = new Map<string, Explain>()

/** Of a scheduler by its name in the table. */
export function explainBy(scheduler: string, explain: Explain): void {
  explanations.set(scheduler, explain)
}

/** Does what is a scheduler's to do, or the machine's at its orders. */
export function asDoneBy<T>(scheduler: string, act: () => T): T {
  const explain = explanations.get(scheduler)
  if (explain === undefined) return act()
  try {
    return act()
  } catch (error) {
    throw error instanceof UserError ? error : explain(error)
  }
}
