// What a forward pass does around the routed experts, each part as long as the slowest of compute, memory and links.
//
//   attention  its heads are dealt to the dies, ceil(heads / dies) on the busiest; QKV and output projections, scores over
//              the cached keys and values. Weights, and the context of each request, are read from memory: once where all dies
//              share it, and copied over links to the other dies that need the same keys and values; by each of these dies
//              where each has a memory of its own, in which it keeps its copy. New latent vectors are computed in equal parts
//              and copied to all dies with heads.
//   router     one matrix; each die does its own tokens
//   head       embedding and output head, where the model states its vocabulary
//   shared     shared experts, and dense: the feed-forward part of layers without routed experts; both are split over all
//              dies along their inner width
//
// Where heads or widths are split, every die gets all tokens, and every token's partial results are added up on its die:
// twice (dies - 1) / dies of all token vectors pass the links of a die. Latencies, norms, softmax and what else works
// element by element are not counted, nor are activations that rest in memory.
import { invariant } from '../../errors.ts'
import { sustainedFlopPerPs } from '../../hardware/compute.ts'
import { MemoryTiming } from '../../hardware/memory.ts'
import type { Package } from '../../hardware/package.ts'
import {
  type AttentionForm,
  attentionLoad,
  attentionLoadOfDie,
  kvBytesOnAllDies,
} from '../../model/attention.ts'
import {
  contextOf,
  denseBytes,
  feedForwardBytes,
  feedForwardFlopPerToken,
  hiddenBytes,
} from '../../model/shape.ts'

export const PARTS = ['attention', 'router', 'shared', 'dense', 'head'] as const
export type PartName = (typeof PARTS)[number]

/** What a part takes, in ps and bytes, by what it is limited by and what it moves. */
export interface PartCost {
  /** The largest of the three and the start-ups, rounded up. */
  readonly ps: number
  readonly bounds: { readonly compute: number; readonly memory: number; readonly link: number }
  /** Useful FLOPs of all dies. */
  readonly flop: number
  readonly weightBytes: number
  /** Cached keys and values read, and those of the new tokens written; each copy where dies have memories of their own. */
  readonly kvReadBytes: number
  readonly kvWriteBytes: number
  /** Token vectors, partial results and copies of keys and values between dies: bytes times hops, along shortest trees. */
  readonly linkByteHops: number
  /** Read from and written to SRAM: what comes from memory in and out once, the token vectors likewise. */
  readonly sramBytes: number
}

interface Demand {
  readonly tokens: number
  readonly flop: number
  readonly busiestDieFlop: number
  readonly weightBytes: number
  readonly kvReadBytes?: number
  readonly kvWriteBytes?: number
  /** Keys and values copied from die to die. */
  readonly kvCopyBytes?: number
  /** Where dies have memories of their own: what the busiest one moves. */
  readonly busiestDieBytes: number
  readonly isSplit: boolean
}

/** Works out parts for one model on one package; `contextTokens` is what each token attends to. */
export class PassParts {
  private readonly pkg: Package
  private readonly contextTokens: number
  private readonly timing: MemoryTiming

  constructor(pkg: Package, contextTokens: number) {
    this.pkg = pkg
    this.contextTokens = contextTokens
    this.timing = new MemoryTiming(pkg.hardware.memory)
  }

  /**
   * Of one layer. `requests`: how many contexts are read; `form`: of latent attention. The model must state its attention.
   */
  attention(tokens: number, requests: number, form: AttentionForm = 'absorbed', layer = 0): PartCost {
    const { model, topology, hardware } = this.pkg
    const { dies } = topology
    const shape = model.attention
    invariant(shape !== undefined, () => `${model.name} states no attention`)
    const contextTokens = contextOf(model, layer, this.contextTokens)
    const all = attentionLoad(model, shape, contextTokens, form)
    const die = attentionLoadOfDie(model, shape, contextTokens, dies, form)
    const kvTokens = requests * contextTokens
    const onAllDies = kvBytesOnAllDies(model, shape, dies)
    const { shared } = hardware.memory
    const storedBytes = shared ? all.kvBytesPerToken : onAllDies
    // New keys and values of a head are computed wherever they are needed; latent vectors on one die.
    const copiedTokens = (shared ? kvTokens : 0) + (shape.kind === 'mla' ? tokens : 0)
    return this.cost('attention', {
      tokens,
      flop: tokens * all.flopPerToken,
      busiestDieFlop: tokens * die.flopPerToken,
      weightBytes: all.weightBytes,
      kvReadBytes: kvTokens * storedBytes,
      kvWriteBytes: tokens * storedBytes,
      kvCopyBytes: copiedTokens * (onAllDies - all.kvBytesPerToken),
      busiestDieBytes: die.weightBytes + (kvTokens + tokens) * die.kvBytesPerToken,
      isSplit: true,
    })
  }

  router(tokens: number): PartCost {
    const { model, topology } = this.pkg
    const weights = model.hidden * model.experts
    const weightBytes = denseBytes(model, weights)
    return this.cost('router', {
      tokens,
      flop: 2 * weights * tokens,
      busiestDieFlop: 2 * weights * Math.ceil(tokens / topology.dies),
      weightBytes,
      busiestDieBytes: weightBytes,
      isSplit: false,
    })
  }

  /** A feed-forward part of inner width `width`. */
  feedForward(tokens: number, width: number, part: 'shared' | 'dense' = 'dense'): PartCost {
    const { model, topology } = this.pkg
    const busiestShare = Math.ceil(width / topology.dies) / width
    const flop = tokens * feedForwardFlopPerToken(model, width)
    const weightBytes = feedForwardBytes(model, width)
    return this.cost(part, {
      tokens,
      flop,
      busiestDieFlop: flop * busiestShare,
      weightBytes,
      busiestDieBytes: weightBytes * busiestShare,
      isSplit: true,
    })
  }

  /**
   * The output head for one token of each request, its rows split over the dies, and the rows of the embedding that `tokens`
   * need.
   */
  head(tokens: number, requests: number, vocabulary: number): PartCost {
    const { model, topology } = this.pkg
    const busiestShare = Math.ceil(vocabulary / topology.dies) / vocabulary
    const weights = model.hidden * vocabulary
    const flop = 2 * weights * requests
    const weightBytes = denseBytes(model, weights) + denseBytes(model, model.hidden * tokens)
    return this.cost('head', {
      tokens: requests,
      flop,
      busiestDieFlop: flop * busiestShare,
      weightBytes,
      busiestDieBytes: weightBytes * busiestShare,
      isSplit: true,
    })
  }

  private cost(part: PartName, demand: Demand): PartCost {
    const { hardware, topology, model, compat } = this.pkg
    const { tokens, flop, weightBytes, kvReadBytes = 0, kvWriteBytes = 0, kvCopyBytes = 0, isSplit } = demand
    const vectorBytes = tokens * hiddenBytes(model)
    const movesTokens = isSplit && compat !== 'paper'
    const exchangedBytes = movesTokens ? 2 * vectorBytes * (topology.dies - 1) + kvCopyBytes : 0
    const memoryBytes = weightBytes + kvReadBytes + kvWriteBytes
    const bounds = {
      compute: demand.busiestDieFlop / sustainedFlopPerPs(hardware.compute, model.weightBytes, tokens),
      memory: this.memoryPs(memoryBytes, demand.busiestDieBytes),
      link: this.linkPs(exchangedBytes / topology.dies),
    }
    const { operations } = hardware
    const startupPs = operations === undefined ? 0 : operations.startupPs * operations[part]
    return {
      ps: Math.ceil(startupPs + Math.max(bounds.compute, bounds.memory, bounds.link)),
      bounds,
      flop,
      weightBytes,
      kvReadBytes,
      kvWriteBytes,
      linkByteHops: exchangedBytes,
      sramBytes: 2 * (memoryBytes + vectorBytes + (movesTokens ? kvCopyBytes : 0)),
    }
  }

  /** All channels together where memory is shared; else the busiest die's channel is waited for. */
  private memoryPs(bytes: number, busiestDieBytes: number): number {
    const { shared, channelDies } = this.pkg.hardware.memory
    const evenly = bytes / channelDies.length
    return this.timing.meanTransferPs(Math.ceil(shared ? evenly : Math.max(evenly, busiestDieBytes)))
  }

  /** Bytes into each die and as many out of it, through the die with the fewest links. */
  private linkPs(bytes: number): number {
    if (bytes === 0) return 0
    const { topology, hardware, payloadBytesPerPs } = this.pkg
    const { duplex, router } = hardware.link
    const lanesOf = topology.cuts
      .filter(({ kind }) => kind === 'link')
      .map(({ linksIn, linksOut }) => (duplex === 'half' ? linksIn : linksIn + linksOut))
    const linksPs = (2 * bytes) / (Math.min(...lanesOf) * payloadBytesPerPs)
    const portBytesPerPs = Math.min(
      router?.injectionBytesPerPs ?? Infinity,
      router?.ejectionBytesPerPs ?? Infinity,
    )
    return Math.max(linksPs, bytes / portBytesPerPs)
  }
}
