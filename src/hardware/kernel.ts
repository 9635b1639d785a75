// How long a die's kernels take for one MoE layer: start-ups, tiles, weights read while tiles are multiplied.
//
// A grouped GEMM works through the experts in row tiles. Per expert the longer of reading and arithmetic counts in full,
// and of the shorter one what `overlap` leaves exposed; each tile first fills its pipeline, and one tile per product is
// exposed at its end, as the last one multiplies when nothing is left to read. Everything between the products (activation, rounding to the
// input format, the sum over a token's experts) is traffic at a share of the bandwidth of its own. The mechanism and its
// constants are those of vLLM's fused MoE kernels; which numbers stand behind them the hardware file says.
import { expertHidden, type ModelShape, matricesOf } from '../model/shape.ts'
import { MemoryTiming } from './memory.ts'
import type { HardwareSpec, KernelFormat, KernelSpec } from './spec.ts'

/** What a kernel needs to know of a model. */
export interface KernelShape {
  /** Widths of the vector that an expert takes and gives, and within it. */
  readonly hidden: number
  readonly inner: number
  /** Of an expert: three with a gate, two without. */
  readonly matrices: number
  readonly weightBytes: number
  readonly activationBytes: number
}

export function kernelShape(model: ModelShape): KernelShape {
  const { expertIntermediate: inner, weightBytes, activationBytes } = model
  return { hidden: expertHidden(model), inner, matrices: matricesOf(model), weightBytes, activationBytes }
}

/** The memory side of a die. */
export interface KernelMemory {
  /** What reading weights in order reaches. */
  readonly readBytesPerPs: number
  /** What kernels reach that do little more than read and write activations. */
  readonly elementwiseBytesPerPs: number
  /** Last-level cache; 0 = none. */
  readonly cacheBytes: number
}

/** Streams of this size say what reading in order reaches. */
const STREAM_BYTES = 2 ** 20

/** A last-level cache, or an SRAM of stated size in its place. */
export function kernelMemory({ memory, compute, llc, sramBytes }: HardwareSpec): KernelMemory {
  const readBytesPerPs = STREAM_BYTES / new MemoryTiming(memory).meanTransferPs(STREAM_BYTES)
  return {
    readBytesPerPs,
    elementwiseBytesPerPs:
      compute.kind === 'kernel' ? memory.bytesPerPs * compute.elementwiseShare : readBytesPerPs,
    cacheBytes: llc?.capacityBytes ?? (Number.isFinite(sramBytes) ? sramBytes : 0),
  }
}

export interface KernelWork {
  /** Rows (tokens) of each expert of this die; experts without rows may be left out. */
  readonly expertRows: ArrayLike<number>
  /** Rows per expert that the kernel is tuned for: on average over all experts of the layer. */
  readonly meanRows: number
  /**
   * (token, expert) pairs and tokens that the kernels are given. As many as this die has itself where tokens were
   * dispatched; those of all dies where an implementation hands every die the whole batch.
   */
  readonly pairs: number
  readonly tokens: number
  /** Of these pairs: those whose results are added up here, by token; absent: all. */
  readonly addedPairs?: number
}

export interface KernelTime {
  readonly startupPs: number
  /** The products: to the inner width (gate and up together), and back. */
  readonly productPs: number
  readonly elementwisePs: number
}

/** The whole layer, in ps, not rounded. */
export function kernelPs(time: KernelTime): number {
  return time.startupPs + time.productPs + time.elementwisePs
}

/** The narrowest format that holds weights of so many bytes: narrower weights are widened to it. */
export function kernelFormat(spec: KernelSpec, weightBytes: number): KernelFormat {
  return spec.formats.find((format) => format.weightBytes >= weightBytes) ?? spec.formats.at(-1)!
}

export function kernelTime(
  spec: KernelSpec,
  memory: KernelMemory,
  shape: KernelShape,
  work: KernelWork,
): KernelTime {
  const format = kernelFormat(spec, shape.weightBytes)
  const inputBytes = Math.min(format.inputBytes ?? shape.activationBytes, shape.activationBytes)
  const rounds = inputBytes < shape.activationBytes
  const job = { spec, memory, format, work, inputBytes, ...shape, rows: rowsOf(work) }
  const { hidden, inner, matrices } = shape
  return {
    startupPs: spec.startupPs * (spec.launches + (rounds ? ROUNDING_LAUNCHES : 0)),
    productPs: productPs(job, (matrices - 1) * inner, hidden) + productPs(job, hidden, inner),
    elementwisePs: elementwisePs(job, rounds),
  }
}

/** Inputs are rounded to a narrower format twice: before the first product and before the second. */
const ROUNDING_LAUNCHES = 2

interface Job extends KernelShape {
  readonly spec: KernelSpec
  readonly memory: KernelMemory
  readonly format: KernelFormat
  readonly work: KernelWork
  readonly inputBytes: number
  /** Rows on this die. */
  readonly rows: number
}

function rowsOf({ expertRows }: KernelWork): number {
  let rows = 0
  for (let i = 0; i < expertRows.length; i++) rows += expertRows[i]!
  return rows
}

/** Rows of a tile: a power of two that holds the mean rows of an expert, within what the kernel has. */
export function tileRows({ leastRows, mostRows }: KernelFormat, meanRows: number): number {
  const fitting = 2 ** Math.ceil(Math.log2(Math.max(1, meanRows)))
  return Math.min(mostRows, Math.max(leastRows, fitting))
}

/** One product of the layer: of every expert with rows, [rows x inputs] times [inputs x outputs]. */
function productPs(job: Job, outputs: number, inputs: number): number {
  const { spec, memory, format, work, inputBytes } = job
  const flopPerPs = format.flopPerPs * format.share
  const tile = tileRows(format, work.meanRows)
  // A tile multiplies nothing while its pipeline fills: as if it were deeper by what is then on its way.
  const rowFlop = 2 * outputs * (inputs + spec.fillBytes / inputBytes)
  const matrixBytes = outputs * inputs * job.weightBytes
  const rowBytes = inputs * inputBytes + outputs * job.activationBytes
  const reread = rereadShare(job, outputs, matrixBytes)
  let ps = 0
  for (let i = 0; i < work.expertRows.length; i++) {
    const rows = work.expertRows[i]!
    if (rows === 0) continue
    const tiles = Math.ceil(rows / tile)
    const readPs = (matrixBytes * (1 + reread * (tiles - 1)) + rows * rowBytes) / memory.readBytesPerPs
    const multiplyPs = (tiles * tile * rowFlop) / flopPerPs
    ps += Math.max(readPs, multiplyPs) + (1 - spec.overlap) * Math.min(readPs, multiplyPs)
  }
  const lastTilePs = (2 * tile * spec.tileColumns * inputs * spec.units) / flopPerPs
  return ps === 0 ? 0 : ps + lastTilePs
}

/**
 * Share of a matrix that every further row tile of its expert reads from memory again: none where the cache holds the
 * matrix, or where all its column tiles are in work at once, so that row tiles meet there.
 */
function rereadShare({ spec, memory }: Job, outputs: number, matrixBytes: number): number {
  const fitsCache = matrixBytes <= memory.cacheBytes
  const meets = Math.ceil(outputs / spec.tileColumns) <= spec.units
  return fitsCache || meets ? 0 : spec.reread
}

/**
 * Traffic between the products, for all pairs that the kernels are given: activation in and out, rounding in and out,
 * the sum over a token's experts; results of pairs that belong to another die are written as zeros.
 */
function elementwisePs(job: Job, rounds: boolean): number {
  const { memory, work, hidden, inner, matrices, activationBytes, inputBytes, rows } = job
  const activation = matrices * inner * activationBytes
  const sum = hidden * activationBytes
  const rounding = rounds ? activationBytes + inputBytes : 0
  const zeros = ((matrices - 1) * inner + hidden) * activationBytes
  const { addedPairs = work.pairs } = work
  const addedTokens = work.pairs === 0 ? 0 : (work.tokens * addedPairs) / work.pairs
  const bytes =
    work.pairs * (activation + rounding * inner) +
    Math.max(0, work.pairs - rows) * zeros +
    work.tokens * hidden * rounding +
    addedPairs * sum +
    addedTokens * hidden * activationBytes
  return bytes / memory.elementwiseBytesPerPs
}
