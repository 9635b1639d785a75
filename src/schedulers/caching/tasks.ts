// What a cache asks of the tasks of a layer: their order, and that some are done where the weights lie.
import type { Machine } from '../scheduler.ts'
import type { Task } from '../tasks.ts'
import { type LayerWork, restingRuns } from '../work.ts'

/** As tokens ask for them, which is what a cache and its oracle go by. */
export function inOrderOfAppearance(tasks: readonly Task[], { firstSeen }: LayerWork): Task[] {
  const places = new Map(firstSeen.map((expert, place) => [expert, place]))
  return tasks.toSorted((a, b) => places.get(a.expert)! - places.get(b.expert)!)
}

/** Starts the tasks of experts that are computed where they lie (see Machine.staysAfar), and returns the others. */
export function startAfar(machine: Machine, tasks: readonly Task[], combine: boolean): Task[] {
  const afar = tasks.filter((task) => machine.staysAfar(task))
  for (const task of afar) startOne(machine, task, combine)
  const isAfar = new Set(afar)
  return tasks.filter((task) => !isAfar.has(task))
}

/** `combine`: results go back to the dies their tokens rest on. */
function startOne(machine: Machine, task: Task, combine: boolean): void {
  const { expert, die } = task
  const compute = () =>
    machine.computeAfar(task, () => {
      machine.releaseTokens(expert, die)
      if (!combine) return
      for (const { restingDie, fromPair, toPair } of restingRuns(machine.work, task.fromPair, task.toPair)) {
        if (restingDie !== die)
          machine.combine({ expert, fromPair, toPair, die, restingDie }, () => undefined)
      }
    })
  if (!machine.collect(task, compute)) compute()
}
