// Tokens that go to a die once for all its experts, or to a node once for all its dies, and results that come back as sums.
import { grouped } from '../../grouped.ts'
import type { Machine, SharedMove } from '../scheduler.ts'
import type { Task } from '../tasks.ts'
import { type Send, sendInStages } from './stages.ts'
import { type Stream, streams } from './streams.ts'

/** What a die needs from another, and over which die of its own node it comes; absent: straight. */
interface Way extends Stream {
  readonly relay?: Relay | undefined
}

/** What a die passes on to others of its node. */
interface Relay {
  readonly stream: Stream
  readonly die: number
  readonly ways: Way[]
  /** Ways that still need the tokens here, and those whose results have not come. */
  users: number
  resultsMissing: number
}

const nothing = () => undefined

export class SharedTokens {
  private readonly machine: Machine
  private readonly ways: ReadonlyMap<number, readonly Way[]>
  /** By die: ways whose tokens have not arrived. */
  private readonly missing: Int32Array

  /** In stages of one send and one receipt for every die, or all at once. */
  private readonly sendAll: (sends: readonly Send[]) => void

  /**
   * `nodeDies`: dies of a node, where nodes get a token once; absent: every die gets its own. `rank`: of every die, by which it
   * sends in stages; absent: all at once.
   */
  constructor(
    machine: Machine,
    tasks: readonly Task[],
    { nodeDies, rank }: { nodeDies?: number | undefined; rank?: ArrayLike<number> | undefined } = {},
  ) {
    this.machine = machine
    this.sendAll = (sends) => {
      if (rank !== undefined) sendInStages(sends, rank)
      else for (const { start } of sends) start(nothing)
    }
    this.ways = grouped(waysOf(machine, tasks, nodeDies), ({ target }) => target)
    this.missing = new Int32Array(machine.work.dies)
    for (const [die, ways] of this.ways) this.missing[die] = ways.length
  }

  isReady(die: number): boolean {
    return this.missing[die] === 0
  }

  /** Sends all tokens on their way. `onReady`: the last ones of a die have come; never told of dies that need none. */
  start(onReady: (die: number) => void): void {
    const arrived = (die: number) => {
      this.missing[die] = this.missing[die]! - 1
      if (this.missing[die] === 0) onReady(die)
    }
    const relays = new Set<Relay>()
    const sends: Send[] = []
    for (const way of [...this.ways.values()].flat()) {
      const { relay, restingDie: from, target: to } = way
      if (relay !== undefined) relays.add(relay)
      else {
        const start = (onArrived: () => void) =>
          this.machine.gatherShared(moveOf(from, to, way), () => {
            arrived(to)
            onArrived()
          })
        sends.push({ from, to, start })
      }
    }
    for (const relay of relays) {
      const start = (onArrived: () => void) => this.startRelay(relay, arrived, onArrived)
      sends.push({ from: relay.stream.restingDie, to: relay.die, start })
    }
    this.sendAll(sends)
  }

  /** A die has computed with its tokens: their copies go. */
  release(die: number): void {
    for (const way of this.ways.get(die) ?? []) {
      if (way.relay?.die === die) this.leaveRelay(way.relay)
      else this.machine.releaseShared(moveOf(way.relay?.die ?? way.restingDie, die, way))
    }
  }

  /** Sends a die's results back, each token's added up. */
  combine(die: number): void {
    const sends = (this.ways.get(die) ?? []).flatMap((way): Send[] => {
      const { relay } = way
      const to = relay?.die ?? way.restingDie
      if (to === die) {
        this.addResults(relay!)
        return []
      }
      const start = (onArrived: () => void) =>
        this.machine.combineShared(moveOf(die, to, way), () => {
          if (relay !== undefined) this.addResults(relay)
          onArrived()
        })
      return [{ from: die, to, start }]
    })
    this.sendAll(sends)
  }

  private startRelay(relay: Relay, arrived: (die: number) => void, onHere: () => void): void {
    const { machine } = this
    machine.gatherShared(moveOf(relay.stream.restingDie, relay.die, relay.stream), () => {
      onHere()
      for (const way of relay.ways) {
        if (way.target === relay.die) arrived(way.target)
        else {
          machine.gatherShared(moveOf(relay.die, way.target, way), () => {
            this.leaveRelay(relay)
            arrived(way.target)
          })
        }
      }
    })
  }

  private leaveRelay(relay: Relay): void {
    relay.users--
    if (relay.users > 0) return
    this.machine.releaseShared(moveOf(relay.stream.restingDie, relay.die, relay.stream))
  }

  private addResults(relay: Relay): void {
    relay.resultsMissing--
    if (relay.resultsMissing > 0) return
    this.machine.combineShared(moveOf(relay.die, relay.stream.restingDie, relay.stream), nothing)
  }
}

function moveOf(from: number, to: number, { pairs, tokens }: Stream): SharedMove {
  return { from, to, pairs, tokens }
}

function waysOf({ work }: Machine, tasks: readonly Task[], nodeDies: number | undefined): Way[] {
  const straight = streams(work, tasks, { targetOf: (die) => die, isOwn: (from, to) => from === to })
  if (nodeDies === undefined) return straight
  const nodeOf = (die: number) => Math.floor(die / nodeDies)
  const toNodes = streams(work, tasks, { targetOf: nodeOf, isOwn: (from, node) => nodeOf(from) === node })
  const relays = new Map(
    toNodes.map((stream) => {
      // Every die sends over the one that has its own place in the other node.
      const die = stream.target * nodeDies + (stream.restingDie % nodeDies)
      const relay: Relay = { stream, die, ways: [], users: 0, resultsMissing: 0 }
      return [`${stream.restingDie} ${stream.target}`, relay] as const
    }),
  )
  return straight.map((stream) => {
    const relay = relays.get(`${stream.restingDie} ${nodeOf(stream.target)}`)
    const way: Way = { ...stream, relay }
    if (relay !== undefined) {
      relay.ways.push(way)
      relay.users++
      relay.resultsMissing++
    }
    return way
  })
}
