// A measured exchange: what rows say of it, and how long our model takes for it.
import { dieCount } from '../../hardware/die-count.ts'
import { type Exchange, exchangePs } from '../../hardware/exchange.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'

export type Operation = 'dispatch' | 'combine'

/**
 * How copies of a token are made: `expert`, one for each of its experts, wherever they are; `die`, one for each die that has one
 * of them; `node`, one for each such node, whose dies hand it on among each other.
 */
type CopyRule = 'expert' | 'die' | 'node'

export interface ExchangeCase {
  readonly gpu: string
  readonly rule: CopyRule
  readonly operation: Operation
  readonly dies: number
  readonly experts: number
  readonly topK: number
  readonly hidden: number
  readonly tokensPerDie: number
  /** Of a dispatched element; results are bfloat16. */
  readonly elementBytes: number
}

const RESULT_BYTES = 2

/** Dies of one node: all, where the hardware has no nodes. */
export function nodeDies({ topology }: HardwareSpec): number {
  return topology.kind === 'nodes' ? dieCount(topology.node) : dieCount(topology)
}

/** In us. The package is taken to be of as many dies as the row has, in nodes as large as those of the hardware. */
export function exchangeUs(hardware: HardwareSpec, given: ExchangeCase): number {
  return exchangePs(hardware, exchangeOf(given, Math.min(given.dies, nodeDies(hardware)))) / 1e6
}

function exchangeOf(given: ExchangeCase, node: number): Exchange {
  const { operation, hidden, topK, tokensPerDie } = given
  const isCombine = operation === 'combine'
  return {
    tokensPerDie,
    copyBytes: hidden * (isCombine ? RESULT_BYTES : given.elementBytes),
    ...copiesOf(given, node),
    ...(isCombine && { results: { count: topK, bytes: hidden * RESULT_BYTES } }),
  }
}

function copiesOf(
  { rule, dies, experts, topK }: ExchangeCase,
  node: number,
): Pick<Exchange, 'copies' | 'messages'> {
  const toOthers = (dies - node) / dies
  const within = (node - 1) / dies
  const spread = (count: number) => ({
    inner: count * within,
    outer: count * toOthers,
    staying: count / dies,
  })
  switch (rule) {
    case 'expert':
      return {
        copies: spread(topK),
        messages: { inner: experts * (1 - toOthers), outer: experts * toOthers },
      }
    case 'die':
      // Balanced rows: the experts of a token lie on as many dies as there can be.
      return { copies: spread(Math.min(topK, dies)), messages: { inner: node, outer: dies - node } }
    case 'node': {
      const nodes = dies / node
      const hit = (places: number) => places * (1 - (1 - 1 / places) ** topK)
      return {
        copies: {
          inner: (hit(dies) * (node - 1)) / node,
          outer: hit(nodes) * toOthers,
          staying: hit(dies) / dies,
        },
        messages: { inner: node, outer: nodes - 1 },
      }
    }
  }
}
