// A package of dies as data: what a hardware file says, in base units (ps, bytes, bytes/ps, FLOP/ps).

export type TopologySpec =
  | {
      readonly kind: 'mesh' | 'torus'
      readonly columns: number
      readonly rows: number
      /** How dies are counted when experts and tokens are dealt out: along rows, or down columns. */
      readonly numbering: 'row-major' | 'column-major'
    }
  | {
      readonly kind: 'mesh-3d' | 'torus-3d'
      readonly columns: number
      readonly rows: number
      /** Grids one above the other (z). */
      readonly layers: number
    }
  | { readonly kind: 'ring' | 'crossbar'; readonly dies: number }
  /** Rings of dies, whose first dies are a ring too. */
  | { readonly kind: 'ring-of-rings'; readonly rings: number; readonly diesPerRing: number }
  | {
      readonly kind: 'custom'
      readonly dies: number
      readonly links: readonly (readonly [number, number])[]
      /** Bandwidth of each link, as a multiple of the package's link; absent: all 1. */
      readonly widths?: readonly number[] | undefined
    }
  | NodesSpec

/**
 * Nodes of dies: within a node the links of `node`, between nodes one way out and in for every die, through a switch. Dies
 * are numbered node by node.
 */
export interface NodesSpec {
  readonly kind: 'nodes'
  readonly count: number
  readonly node: Exclude<TopologySpec, NodesSpec>
  /** Bandwidth of a die's way out of its node, as a multiple of the package's link. */
  readonly width: number
}

export interface LinkSpec {
  /** Peak of one link in one direction. */
  readonly bytesPerPs: number
  /** Time the head of a message needs per hop. */
  readonly latencyPs: number
  /** Share of the peak that payload reaches, 0 < efficiency <= 1. */
  readonly efficiency: number
  /** `half`: both directions of an edge share one bandwidth. */
  readonly duplex: 'full' | 'half'
  /**
   * `routers`: packets through wormhole routers; `fair`: concurrent messages share max-min, as fluids; `circuit`: a
   * message holds its whole route alone.
   */
  readonly sharing: 'routers' | 'fair' | 'circuit'
  /** With `routers` only. */
  readonly router?: RouterSpec | undefined
  /** Command and address sent ahead of a remote read; 0 = none. */
  readonly requestBytes: number
  /** Absent: nothing. */
  readonly startup?: LinkStartup | undefined
  /** A die's way out of its node, where the file describes one. */
  readonly outer?: OuterLinkSpec | undefined
}

/** From node to node. */
export interface OuterLinkSpec {
  readonly latencyPs: number
  /** Start-up of each message. */
  readonly messagePs: number
  /** What payload reaches, in one direction. */
  readonly payloadBytesPerPs: number
}

/** What sending costs a die, however few the bytes. */
interface LinkStartup {
  /** Of each message: a die starts one after the other. */
  readonly messagePs: number
  /** Of an exchange, such as the dispatch of a layer's tokens, or their combine: once for every die that takes part. */
  readonly exchangePs: number
}

/** What a router network is made of; the defaults are in router-spec.ts. */
export interface RouterSpec {
  /** Unit of flow control: what a link moves in one cycle. Messages are rounded up to whole flits. */
  readonly flitBytes: number
  /** Most payload in one packet: what is arbitrated for as a whole. */
  readonly packetBytes: number
  /** Independent queues per input port. */
  readonly virtualChannels: number
  /** Input buffer of one virtual channel. */
  readonly bufferBytes: number
  /** Time a head flit spends in each router, on top of the link's `latencyPs`. */
  readonly routerPs: number
  /** Once per message: from the sender's queue into the first router, and out of the last one. */
  readonly startupPs: number
  /** From a flit's leaving a buffer until the sender may reuse the place, on top of the link's `latencyPs`. */
  readonly creditPs: number
  /** What a die can send, over all its links; Infinity = no limit of its own. */
  readonly injectionBytesPerPs: number
  /** What a die can receive, over all its links; Infinity = no limit of its own. */
  readonly ejectionBytesPerPs: number
  /** A longer message moves in so many equal trains of packets: cost does not grow with bytes. */
  readonly mostPacketsPerMessage: number
}

export type ComputeSpec =
  | { readonly kind: 'ideal'; readonly flopPerPs: number }
  | {
      readonly kind: 'table'
      readonly flopPerPs: number
      /** Share of the peak by tokens in the job, ascending `upTo`, the last one Infinity. */
      readonly utilization: readonly { readonly upTo: number; readonly value: number }[]
    }
  | {
      readonly kind: 'systolic'
      readonly rows: number
      readonly columns: number
      readonly clockPs: number
      readonly dataflow: 'ws' | 'os' | 'is'
      /** Tiles overlap: the next one is loaded while one computes. */
      readonly doubleBuffered: boolean
    }
  | KernelSpec

/** Kernels that work through all experts of a die in one launch, tile by tile: see kernel.ts. */
export interface KernelSpec {
  readonly kind: 'kernel'
  /** Processors, such as the SMs of a GPU, each with one tile in work. */
  readonly units: number
  /** By bytes of a weight, ascending. */
  readonly formats: readonly KernelFormat[]
  /** Columns of a tile. */
  readonly tileColumns: number
  /** Of one row of a tile's inputs, what is on its way before the tile starts to multiply. */
  readonly fillBytes: number
  /** Of one launch. */
  readonly startupPs: number
  /** Launches of a layer; rounding of inputs comes on top. */
  readonly launches: number
  /** Of reading and arithmetic of a tile, the share of the shorter that the longer hides; 0 <= overlap <= 1. */
  readonly overlap: number
  /** Share of a weight matrix beyond the cache that a further row tile reads again. */
  readonly reread: number
  /** Share of the memory's peak that kernels between the products reach. */
  readonly elementwiseShare: number
  /** What the rows cover that constants were fitted on: least and most of each. */
  readonly fittedRange?: FittedRange | undefined
}

type Range = readonly [least: number, most: number]
export interface FittedRange {
  /** Of a layer and iteration. */
  readonly tokens: Range
  readonly hidden: Range
  /** Inner width of an expert. */
  readonly intermediate: Range
  readonly experts: Range
  readonly topK: Range
  readonly weightBytes: Range
}

export interface KernelFormat {
  readonly weightBytes: number
  /** What activations are rounded to before a product; absent: not at all. */
  readonly inputBytes?: number | undefined
  readonly flopPerPs: number
  /** Of the peak, in full tiles. */
  readonly share: number
  /** Rows of a tile: powers of two. */
  readonly leastRows: number
  readonly mostRows: number
}

/** How many operations an implementation starts for each part of a forward pass, one after the other. */
export interface OperationSpec {
  /** Of each. */
  readonly startupPs: number
  readonly attention: number
  readonly router: number
  readonly shared: number
  readonly dense: number
  /** Embedding and output head together. */
  readonly head: number
}

export interface LlcSpec {
  readonly capacityBytes: number
  readonly ways: number
  readonly hitPs: number
  readonly missPs: number
  readonly writePs: number
}

export interface MemorySpec {
  /** A part of dram-parts.ts, such as ddr3-1600 or hbm3, or `other`. */
  readonly kind: string
  /** Of one die's channel; Infinity where the source does not say. */
  readonly capacityBytes: number
  /** Share of the capacity kept back for system use, 0 <= reserved < 1. */
  readonly reserved: number
  /** Peak of one die's channel. */
  readonly bytesPerPs: number
  /** Share of the peak that accesses reach; `timed`: worked out from the part's timings and the access size. */
  readonly efficiency: number | 'timed'
  readonly latencyPs: number
  /** `pipelined`: latencies of successive accesses overlap; `serial`: the channel is busy through the latency. */
  readonly access: 'pipelined' | 'serial'
  /** Dies that own a channel, ascending. */
  readonly channelDies: readonly number[]
  /** true: every channel reaches every weight (off-package memory); false: a weight lives behind its home die. */
  readonly shared: boolean
  /** Memories beyond it, the nearest first; weights then lie in the last one. Absent: none. */
  readonly tiers?: readonly TierSpec[] | undefined
}

/** A memory beyond the one at the dies, such as a host's DRAM or an NVMe drive: what is read from it goes through all nearer ones. */
export interface TierSpec {
  readonly name: string
  /** Of the whole package where it is `shared`, else of each die. */
  readonly capacityBytes: number
  readonly shared: boolean
  /** To the next nearer memory: what the memory and the way there both let through. */
  readonly bytesPerPs: number
  /** From the start of a read to its first byte, the way included. */
  readonly latencyPs: number
  /** For which the way is busy before each read. */
  readonly startupPs: number
  /** What the way is, for people: such as pcie or nvme. */
  readonly way: string
  /** Cores that multiply with weights where they lie; absent: there are none. */
  readonly compute?: TierCompute | undefined
  /** Of a byte read from it, the way included; absent: not known. */
  readonly pjPerByte?: number | undefined
}

interface TierCompute {
  readonly flopPerPs: number
  /** At which the cores read weights. */
  readonly bytesPerPs: number
  /** Before each expert. */
  readonly startupPs: number
  /** Before the first expert of a layer and iteration: work is handed to the cores once. */
  readonly handoverPs: number
}

/** How constants are known: stated by their source, worked out from what it states, or assumed; the weakest of a block. */
type Basis = 'published' | 'derived' | 'assumed'

/** What the counted work costs, and what dies draw whatever they do; a part that is absent is not known. */
export interface EnergySpec {
  readonly basis: Basis
  /** One multiply-accumulate. */
  readonly macPj?: number | undefined
  /** A byte read from or written to on-chip buffers; `in mac`: the figure for a MAC includes it. */
  readonly sramPjPerByte?: number | 'in mac' | undefined
  /** A byte over one hop. */
  readonly linkPjPerByteHop?: number | undefined
  readonly memoryPjPerByte?: number | undefined
  /** Of one die, all the time: leakage and clocks. */
  readonly idleW?: number | undefined
}

/** What a die's area is made of (FSE-DP paper, design space exploration). */
interface AreaSpec {
  readonly basis: Basis
  /** A die's D2D bandwidth comes in modules of this area and bandwidth. */
  readonly linkModuleMm2: number
  readonly linkModuleBytesPerPs: number
  readonly computeMm2: number
  /** Peak rate of a die whose compute has that area: another rate takes as much more or less; absent: it takes the same. */
  readonly computeFlopPerPs?: number | undefined
  readonly bufferMm2PerByte: number
  readonly limitMm2?: number | undefined
}

/** What a package's peak power is made of (likewise). */
interface PowerSpec {
  readonly basis: Basis
  /** Of one die. */
  readonly computeW: number
  /** As in the area. */
  readonly computeFlopPerPs?: number | undefined
  /** At full D2D bandwidth, per die. */
  readonly linkPjPerByte: number
  /** At full memory bandwidth, per channel. */
  readonly memoryPjPerByte: number
  readonly limitW?: number | undefined
}

/** How one constant of a hardware file is known: `fitted` to measurements, of which `on` says which. */
export interface HardwareConstant {
  /** Its place in the file, such as compute.startup. */
  readonly name: string
  readonly basis: 'published' | 'fitted' | 'assumed'
  readonly on?: string | undefined
}

export interface HardwareSpec {
  readonly name: string
  readonly topology: TopologySpec
  readonly link: LinkSpec
  readonly compute: ComputeSpec
  /** On-chip buffer of a die for weights and tokens; Infinity = unlimited, its peak is then a measurement. */
  readonly sramBytes: number
  readonly llc?: LlcSpec | undefined
  readonly memory: MemorySpec
  /** Where a layer's activations rest: on chip (edge chiplets) or in the die's own memory (GPU-like dies). */
  readonly activations: 'sram' | 'memory'
  /** What starting operations around the routed experts costs; absent: nothing. */
  readonly operations?: OperationSpec | undefined
  readonly energy?: EnergySpec | undefined
  readonly area?: AreaSpec | undefined
  readonly power?: PowerSpec | undefined
  /** Those whose file says how they are known. */
  readonly constants?: readonly HardwareConstant[] | undefined
}
