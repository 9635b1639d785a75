// What a scheduler is, and the machine as schedulers see it.
import type { Diagnostic, DiagnosticArguments } from '../errors.ts'
import type { Compat, Package } from '../hardware/package.ts'
import type { CacheRequest } from './caching/cache.ts'
import type { IterationOutline, RoutingKnowledge } from './knowledge.ts'
import type { OptionsOf, OptionTable } from './options.ts'
import type { Slots } from './placements/search/problem.ts'
import type { LayerWork } from './work.ts'

/**
 * The machine during one layer. Every call returns at once; the callback runs when simulated time has come that
 * far, never before the call returns. Times are in ps, sizes in bytes, dies are topology ids.
 *
 * The machine refuses (as a bug in the scheduler) work on data that is not there: a compute needs its weight
 * slice and its tokens on the die, a forward needs the slice on the sending die. At the layer's end every
 * (token, expert, slice) must have been computed exactly once and every buffer must be empty.
 */
export interface Machine {
  readonly nowPs: number
  readonly work: LayerWork
  /** Slices an expert is cut into, as the scheduler declared. */
  readonly slices: number

  /**
   * Brings a weight slice into a die's SRAM from memory: waits for room, then for the channel, then for the route between the
   * two. Where it is left open which channel, pieces of the slice go through those that will be free first. `onLeft`: the
   * channel is done with it, so that it could read on.
   */
  load(job: SliceLoad, onArrived: () => void, onLeft?: () => void): void

  /**
   * Copies a slice from die to die. `onSent`: its last byte has left; `onArrived`: usable at the receiver. Both are told the job,
   * so that one function may do for all.
   */
  forward<Job extends SliceForward>(job: Job, onSent: Told<Job>, onArrived: Told<Job>): void

  /**
   * Copies the activations of some pairs from one die, where they rest or where an earlier gather has brought them, to
   * another. Their room is reserved at once. A copy may be used until it is released, however many others there are.
   */
  gather(job: TokenMove, onArrived: () => void): void

  /**
   * Gathers the activations of some pairs of one expert from wherever they rest, each die sending its own. false, and no
   * callback, where all of them rest on the die itself.
   */
  collect(job: Omit<TokenMove, 'restingDie'>, onArrived: () => void): boolean

  /** Multiplies pairs with a slice. Jobs of one die run one after the other, in call order. `onDone` is told the job. */
  compute<Job extends ComputeJob>(job: Job, onDone: Told<Job>): void

  /**
   * Has the kernels of a die work through several experts of its own memory at once: weights are read as they are multiplied,
   * and none of them rests on the die. All tokens must be there. Machines of compute model `kernel` only.
   */
  launch(job: Launch, onDone: () => void): void

  /**
   * Whether the pairs of an expert are to be computed by cores beside the tier in which its weights lie, and not on the die: see
   * CacheRequest.miss. To be asked once for each expert and die in an iteration, before any load; where it says so computeAfar
   * takes the place of load, compute and releaseSlice.
   */
  staysAfar(job: AfarJob): boolean

  /** Multiplies pairs, whose tokens are on the die, with all slices of an expert where it lies; results come back to the die. */
  computeAfar(job: AfarJob, onDone: () => void): void

  /**
   * Sends the results of some pairs, computed on one die, back to where their tokens rest: of all slices that the die has computed
   * and not sent. Once a layer sends any results, those of every slice of every pair have to come home.
   */
  combine(job: TokenMove, onArrived: () => void): void

  /**
   * Copies the activations of some tokens to a die, each once whichever of its pairs they are for. As for `gather`, but their
   * room is held until `releaseShared`.
   */
  gatherShared(job: SharedMove, onArrived: () => void): void
  releaseShared(job: SharedMove): void

  /** Sends results of some pairs from one die to another, each token's added up: of slices and of experts alike. */
  combineShared(job: SharedMove, onArrived: () => void): void

  /**
   * Runs `decide` at this very time, after everything that ends now has ended, so that a decision does not depend on
   * the order in which simultaneous events are told.
   */
  soon(decide: () => void): void

  /** The same `delayPs` from now. */
  later(delayPs: number, decide: () => void): void

  /** Frees a slice's SRAM on a die. */
  releaseSlice(expert: number, slice: number, die: number): void

  /** Frees the SRAM of the token copies gathered for `expert` on `die`: of all, or of some pairs. */
  releaseTokens(expert: number, die: number, pairs?: PairRange): void

  /**
   * Forwards a slice from each die of a cycle to the next at once, in the very space that the slice leaving there vacates: turns a
   * ring of full buffers (see fse-dp.ts).
   */
  rotate<Job extends SliceForward>(jobs: readonly Job[], onSent: Told<Job>, onArrived: Told<Job>): void

  /**
   * Stores a slice that is on `die` in that die's own memory, for later iterations of this layer. false, and
   * nothing is written, where the replica budget has no room for it or a copy is there already.
   */
  keepReplica(expert: number, slice: number, die: number): boolean

  hasReplica(expert: number, slice: number, die: number): boolean

  /** Whether a slice is in the cache of a die, or about to be: see Scheduler.cache. */
  keeps(place: SlicePlace): boolean

  /**
   * Says what experts of the layer are worth to a cache of policy `benefit` from now on: how much of the tokens of the next
   * iteration each is expected to have, [experts], 1 in sum; all 0: nothing is known.
   */
  weighKept(shares: Float64Array): void

  /**
   * Copies whole experts from memory to memory, all at once: read, sent, written. `isAwaited`: nothing else happens meanwhile, so
   * that the time it takes is counted as a stall. Where nothing moves, `onMoved` comes at once, still after the call returns.
   */
  moveWeights(moves: readonly WeightMove[], isAwaited: boolean, onMoved: () => void): void

  readonly ahead: SlicesAhead
}

/**
 * Slices in SRAM, or about to be, that the layer before has read for this iteration. Each has to be loaded on its die, which
 * then reads nothing, or discarded. Where room gets short the machine gives them up by itself.
 */
export interface SlicesAhead {
  readonly places: readonly SlicePlace[]
  has(place: SlicePlace): boolean
  discard(place: SlicePlace): void
}

/** An expert to copy from the memory behind one die into that behind another. */
export interface WeightMove {
  readonly expert: number
  readonly from: number
  readonly to: number
}

export interface SlicePlace {
  readonly expert: number
  readonly slice: number
  readonly die: number
}

/**
 * A slice of the next layer to bring to a die: into its SRAM, into its memory as a replica, or into the cache that the scheduler
 * asks for (where `die` is the one that keeps it, and slice 0 stands for all of an expert that comes as a whole).
 */
export interface AheadRead extends SlicePlace {
  /** As in SliceLoad. */
  readonly channelDie?: number | undefined
  readonly into: 'sram' | 'memory' | 'cache'
}

export interface SliceLoad {
  readonly expert: number
  readonly slice: number
  /** Die behind whose channel it is read; absent, where memory is shared: any will do. */
  readonly channelDie?: number | undefined
  readonly die: number
  /**
   * That the die will compute with the slice, 0 where it only passes it on: they decide the activation traffic where
   * activations rest in memory.
   */
  readonly tokens: number
  /**
   * Slices of the expert that the die computes with in this layer, among which the inputs that it reads in full are shared;
   * absent: all.
   */
  readonly slicesHere?: number
}

export interface SliceForward {
  readonly expert: number
  readonly slice: number
  readonly from: number
  readonly to: number
  /** As in SliceLoad, for the receiving die. */
  readonly tokens: number
}

/** Pairs [fromPair, toPair) of one expert. */
export interface PairRange {
  readonly fromPair: number
  readonly toPair: number
}

export interface ComputeJob extends PairRange {
  readonly expert: number
  readonly slice: number
  /** Further pairs of the expert that are multiplied in the same job. */
  readonly morePairs?: readonly PairRange[]
  readonly die: number
  /** For which control keeps the compute unit busy before the job; never counted as useful work. */
  readonly controlPs?: number
}

export interface Launch {
  readonly die: number
  /** Experts ascending, each with pairs of its own, in one or several ranges. */
  readonly tasks: readonly (PairRange & { readonly expert: number })[]
  /** Whether the results of guests, tokens of other dies, go back pair by pair instead of being added up here. */
  readonly sendsPairs: boolean
}

export interface TokenMove extends PairRange {
  readonly expert: number
  /** Which a gather copies from and a combine sends to; a gather may also copy from where an earlier one has brought them. */
  readonly restingDie: number
  /** The die that computes them. */
  readonly die: number
}

/** Tokens on their way from die to die, for several of their pairs at once. */
export interface SharedMove {
  readonly from: number
  readonly to: number
  readonly pairs: readonly (PairRange & { readonly expert: number })[]
  /** Distinct. */
  readonly tokens: number
}

/** Whom what comes of a job is told. */
export type Told<Job> = (job: Job) => void

/** Pairs of an expert that a die would compute. */
export type AfarJob = Omit<TokenMove, 'restingDie'>

/** What a scheduler may know before the run starts. */
export interface SchedulerContext extends Package {
  /** Id of the layer in the model; absent where it does not matter. */
  readonly layer?: number | undefined
  /** Of the layer's routing over the whole run; absent where nothing is known. */
  readonly knowledge?: RoutingKnowledge | undefined
  /** Where the layer's experts lie, where an option names a file for it: devices in the topology's die order. */
  readonly placed?: Slots | undefined
}

/**
 * One way of scheduling one MoE layer, through all iterations of a run. Contract: draws no randomness; does the whole
 * work of a layer exactly once; leaves nothing in a buffer; equal work on an equal machine gives equal calls.
 */
export interface Scheduler {
  /** Slices an expert is cut into: the unit of loading, forwarding and computing. */
  readonly slices: number
  /** Weights that are to stay on dies from one iteration to the next: loads of them then read nothing; absent = none. */
  readonly cache?: CacheRequest | undefined
  /** Room for replicas on each die for this layer; absent = the scheduler keeps none. */
  readonly replicaBudgetBytes?: number
  /**
   * What a replica of an expert is worth now to a die that holds it, per byte: where room is short the least worthy leave, and
   * none for one that is worth no more. Absent = the least recently used leave.
   */
  readonly replicaWorth?: (expert: number, die: number) => number
  /**
   * Die whose memory holds a slice, where a weight has one home (HardwareSpec.memory.shared is false). It changes in
   * `prepare` or not at all.
   */
  home(expert: number, slice: number): number
  /** Dies whose memory holds a copy of a slice beside its home; absent = none. They change in `prepare` only. */
  copies?(expert: number, slice: number): readonly number[]
  /**
   * Called before each iteration, and before its bounds are worked out, maybe more than once: the moment to put homes and
   * copies elsewhere. Says whether it did. The weights that move are counted, but cost no time unless the scheduler moves them
   * itself (Machine.moveWeights).
   */
  prepare?(iteration: number): boolean
  /** Starts an iteration of the layer on an idle machine; everything later happens in callbacks. */
  startLayer(machine: Machine): void
  /**
   * What this layer wishes to have when an iteration reaches it, the most wanted first. Asked, where layers read ahead (see
   * SchedulerDefinition.readsAhead), when the layer before starts that iteration; `before` is its work. The first layer is asked
   * when the last one starts the iteration before.
   */
  wishes?(
    before: LayerWork,
    machine: Pick<Machine, 'hasReplica' | 'keeps' | 'weighKept'>,
    iteration: number,
  ): readonly AheadRead[]
  /** Called after the iteration's last event: learn for the next one. */
  endLayer?(machine: Machine): void
  /** Who waits for what inside the scheduler, for the report of a stalled run. */
  waits?(): string[]
}

/** Token buffering: when a request, or a (token, expert) pair, may wait at a layer. */
export interface Buffering {
  readonly unit: 'request' | 'pair'
  /** Of pairs: how many may wait at a layer, over the tokens that come to it. */
  readonly share: number
  /** Of requests: in the very next iteration, or once their experts are warm. */
  readonly resume: 'next' | 'warm'
  /** Whether the first credits of requests come in turn. */
  readonly isStaggered: boolean
  /** Forward passes completed without a pause that earn one. */
  readonly forwardsPerCredit: number
  /** An expert with fewer tokens than this is cold: a request that needs one may pause. */
  readonly coldTokens: number
}

/** What a run is going to do, as far as it is laid out before anything is simulated. */
export interface RunOutline extends Package {
  readonly iterations: readonly IterationOutline[]
  /** Whether the routing has requests that the run takes no token of. */
  readonly leavesRequests: boolean
  /** Whether the routing has another MoE layer before one of those that are simulated. */
  readonly hasLayerBefore: boolean
}

/** Options that change nothing in a run, and why. */
export interface IdleOptions {
  readonly names: readonly string[]
  readonly why: string
}

/**
 * An entry of the scheduler table. `T`: its options, which are resolved before any of its functions sees them. They are
 * methods so that definitions with options of their own fit into one table.
 */
export interface SchedulerDefinition<T extends OptionTable = OptionTable> {
  /** One sentence for `moesim list schedulers`. */
  readonly summary: string
  /** Where it is described: a paper and what part of it, or that it is moesim's own. */
  readonly source: string
  readonly options: T
  /** Defaults that differ under `compat: paper`. */
  readonly paperDefaults?: Partial<OptionsOf<T>>
  /** What is wrong with options that are each fine; undefined = nothing. `asked`: those that the user gave another value. */
  conflict?(
    options: OptionsOf<T>,
    compat: Compat,
    asked: ReadonlySet<string>,
  ): DiagnosticArguments['conflict'] | undefined
  /** What options ask for that the hardware does not have, as far as that is plain before a run; undefined = nothing. */
  misfit?(
    options: OptionsOf<T>,
    setting: Pick<SchedulerContext, 'hardware' | 'model'>,
  ): Diagnostic | undefined
  /** Options whose values change nothing in a run, whoever asked for them: it says so. */
  idle?(options: OptionsOf<T>, run: RunOutline): readonly IdleOptions[]
  /** What the run is to do before the scheduler sees a layer; undefined = no token buffering. */
  buffering?(options: OptionsOf<T>): Buffering | undefined
  /**
   * Of an oracle: the ways of which it knows beforehand how they would end, itself the first; what it does in the layers of a
   * job is the one that takes the least time. undefined: it is no oracle.
   */
  trials?(options: OptionsOf<T>): readonly OptionsOf<T>[] | undefined
  /** Whether each layer reads ahead for the next one, so that layers have to be run in a row; absent = never. */
  readsAhead?(options: OptionsOf<T>): boolean
  /** Whether what is read ahead goes into the cache, also from the last layer for the first one in the next iteration. */
  readsIntoCache?(options: OptionsOf<T>): boolean
  /** Whether layers share what they keep on chip, so that they have to be run in a row too; absent = never. */
  sharesCache?(options: OptionsOf<T>): boolean
  /** Whether presets compute tokens where they rest, so that no result has to be sent back; absent = no. */
  readonly computesAtRest?: boolean
  /** Whether weights stay on chip from one iteration to the next; absent = never. */
  keepsWeights?(options: OptionsOf<T>): boolean
  /** Throws UserError where the hardware cannot hold what the scheduler needs. */
  create(options: OptionsOf<T>, context: SchedulerContext): Scheduler
}
