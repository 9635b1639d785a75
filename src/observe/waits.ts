// What a compute unit did with its time: from intervals of what was under way, by what it waited for.

/** Times of a die's compute unit in ps: each moment of the iteration is in exactly one of them. */
export interface UnitTimes {
  /** A job runs. */
  readonly computePs: number
  /** No job runs, weights have been asked for from a memory and not all been read, and no message is on its way here. */
  readonly memoryPs: number
  /** No job runs, a message is on its way here, and no weights are to be read. */
  readonly messagePs: number
  /** No job runs, and both are under way. */
  readonly bothPs: number
  /** No job runs and neither is under way, before the last job here. */
  readonly turnPs: number
  /** After the last job here; all the time where there is none. */
  readonly overPs: number
}

/** Beginnings and ends in ps, one after the other: begin, end, begin, end, ... They may overlap. */
export type Intervals = readonly number[]

/** `endPs`: when the iteration ends, on all dies. */
export function unitTimes(
  { compute, memory, messages }: Readonly<Record<'compute' | 'memory' | 'messages', Intervals>>,
  endPs: number,
): UnitTimes {
  const lastJobEndPs = compute.reduce((last, ps, i) => (i % 2 === 1 ? Math.max(last, ps) : last), 0)
  const underWay = [0, 0, 0]
  const spentPs = { compute: 0, memory: 0, message: 0, both: 0, turn: 0, over: 0 }
  let fromPs = 0
  const until = (ps: number) => {
    spentPs[stateOf(underWay, fromPs >= lastJobEndPs)] += ps - fromPs
    fromPs = ps
  }
  for (const { ps, kind, change } of changesOf([compute, memory, messages], lastJobEndPs)) {
    until(ps)
    underWay[kind] = underWay[kind]! + change
  }
  until(lastJobEndPs)
  until(endPs)
  return {
    ...{ computePs: spentPs.compute, memoryPs: spentPs.memory, messagePs: spentPs.message },
    ...{ bothPs: spentPs.both, turnPs: spentPs.turn, overPs: spentPs.over },
  }
}

function stateOf([computing, reading, coming]: readonly number[], isOver: boolean) {
  if (isOver) return 'over'
  if (computing! > 0) return 'compute'
  if (reading! > 0) return coming! > 0 ? 'both' : 'memory'
  return coming! > 0 ? 'message' : 'turn'
}

interface Change {
  readonly ps: number
  readonly kind: number
  readonly change: 1 | -1
}

/** In order of time, up to `toPs`. */
function changesOf(kinds: readonly Intervals[], toPs: number): Change[] {
  const changes = kinds.flatMap((intervals, kind) =>
    intervals.map((ps, i): Change => ({ ps, kind, change: i % 2 === 0 ? 1 : -1 })),
  )
  return changes.filter(({ ps }) => ps < toPs).sort((a, b) => a.ps - b.ps)
}
