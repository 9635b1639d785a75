// Tasks beside a cache: in the order in which tokens ask for experts, and computed where weights lie that stay there.
import { expect, it } from 'vitest'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { inOrderOfAppearance, startAfar } from '../../../src/schedulers/caching/tasks.ts'
import type { Machine } from '../../../src/schedulers/scheduler.ts'
import { expertFrom, expertTo } from '../../../src/schedulers/work.ts'
import { workOf } from '../../helpers/frames.ts'

const topology = buildTopology({ kind: 'crossbar', dies: 2 })
/** Tokens 0 and 1 rest on die 0, tokens 2 and 3 on die 1. */
const work = workOf([[2], [0], [2], [1]], 3, topology)
const tasks = [0, 1, 2].map((expert) => {
  return { expert, die: 0, fromPair: expertFrom(work, expert), toPair: expertTo(work, expert) }
})

/** Expert 2 stays afar; `isHere`: its tokens need not come. */
function started(combine: boolean, isHere: boolean) {
  const said: string[] = []
  const arrivals: (() => void)[] = []
  const machine = {
    work,
    staysAfar: ({ expert }: { expert: number }) => expert === 2,
    collect: ({ expert }: { expert: number }, onHere: () => void) => {
      said.push(`collect ${expert}`)
      arrivals.push(onHere)
      return !isHere
    },
    computeAfar: ({ expert }: { expert: number }, onDone: () => void) => {
      said.push(`compute ${expert}`)
      onDone()
    },
    releaseTokens: (expert: number, die: number) => void said.push(`release ${expert} on ${die}`),
    combine: ({ expert, fromPair, toPair, restingDie }: Record<string, number>) =>
      void said.push(`${toPair! - fromPair!} of ${expert} home to ${restingDie}`),
  } as unknown as Machine
  const others = startAfar(machine, tasks, combine)
  const arrive = () => {
    for (const onHere of arrivals) onHere()
  }
  return { said, others, arrive }
}

it('tasks come in the order in which tokens ask for their experts', () => {
  expect(inOrderOfAppearance(tasks, work).map(({ expert }) => expert)).toEqual([2, 0, 1])
})

it('an expert that stays afar is computed there once its tokens have come, and others are left', () => {
  const { said, others, arrive } = started(false, false)
  expect(others.map(({ expert }) => expert)).toEqual([0, 1])
  expect(said).toEqual(['collect 2'])
  arrive()
  expect(said).toEqual(['collect 2', 'compute 2', 'release 2 on 0'])
})

it('where its tokens rest already it is computed at once, and its results go home to other dies if they are to', () => {
  expect(started(false, true).said).toEqual(['collect 2', 'compute 2', 'release 2 on 0'])
  expect(started(true, true).said).toEqual([
    ...['collect 2', 'compute 2', 'release 2 on 0'],
    '1 of 2 home to 1',
  ])
})
