// On-chip buffers: who holds how many bytes, who waits for room, and the peaks.
import { fail, invariant } from '../../errors.ts'

/** weights: slices read from memory; receive: slices that came over a link; tokens: activations. */
const SRAM_CLASSES = ['weights', 'receive', 'tokens'] as const
export type SramClass = (typeof SRAM_CLASSES)[number]
export type BytesByClass = Record<SramClass, number>

interface Waiting {
  readonly kind: SramClass
  readonly bytes: number
  readonly onGranted: () => void
}

const empty = () => new Float64Array(SRAM_CLASSES.length)

/** Of one die. */
class Buffer {
  usedBytes = 0
  readonly byClass = empty()
  readonly waiting: Waiting[] = []
  readonly die: number

  constructor(die: number) {
    this.die = die
  }
}

/** What each class holds, by name: written to `into`. */
function named(byClass: Float64Array, into = { weights: 0, receive: 0, tokens: 0 }): BytesByClass {
  into.weights = byClass[0]!
  into.receive = byClass[1]!
  into.tokens = byClass[2]!
  return into
}

export class SramCounters {
  /** Highest fill of any one die. */
  readonly dieBytes = { peak: 0 }
  /** Highest fill of all dies together, and what it was made of. */
  readonly packageBytes = { peak: 0, weights: 0, receive: 0, tokens: 0 }
}

export class Sram {
  readonly counters: SramCounters
  /** Told when a reservation has to wait for room on a die. */
  onShort: ((die: number) => void) | undefined
  /** Told of every change of what is reserved on a die. */
  onFill: ((die: number, held: BytesByClass) => void) | undefined
  private packageBytes = 0
  private readonly packageByClass = empty()
  private readonly capacityBytes: number
  private readonly cacheBytes: number
  private readonly dies: Buffer[]

  /** `cacheBytes`: of each die's SRAM, what a cache of weights holds all the time; nothing else finds room in it. */
  constructor(dies: number, sramBytes: number, cacheBytes = 0) {
    this.capacityBytes = sramBytes - cacheBytes
    this.cacheBytes = cacheBytes
    const bytes = cacheBytes * dies
    this.counters = {
      dieBytes: { peak: cacheBytes },
      packageBytes: { peak: bytes, weights: bytes, receive: 0, tokens: 0 },
    }
    this.dies = Array.from({ length: dies }, (_, die) => new Buffer(die))
  }

  /** Calls `onGranted` when the bytes are reserved: now if there is room and nobody waits, else in turn. */
  reserve(die: number, kind: SramClass, bytes: number, onGranted: () => void): void {
    if (bytes > this.capacityBytes) {
      fail('capacity', {
        what: `one buffer for ${kind} on a die`,
        needs: `${bytes} B`,
        has: `${this.capacityBytes} B of SRAM`,
        hint: `use a larger "sram", or ${kind === 'tokens' ? 'fewer tokens at a time' : 'a scheduler option that cuts experts into smaller pieces'}`,
      })
    }
    const buffer = this.dies[die]!
    if (buffer.waiting.length === 0 && buffer.usedBytes + bytes <= this.capacityBytes) {
      this.add(buffer, kind, bytes)
      onGranted()
    } else {
      buffer.waiting.push({ kind, bytes, onGranted })
      this.onShort?.(die)
    }
  }

  release(die: number, kind: SramClass, bytes: number): void {
    const buffer = this.dies[die]!
    this.add(buffer, kind, -bytes)
    while (buffer.waiting.length > 0) {
      const next = buffer.waiting[0]!
      if (buffer.usedBytes + next.bytes > this.capacityBytes) return
      buffer.waiting.shift()
      this.add(buffer, next.kind, next.bytes)
      next.onGranted()
    }
  }

  /** One buffer's content is replaced in place: room for `inBytes` is made by the `outBytes` that leave. */
  swap(die: number, outKind: SramClass, outBytes: number, inKind: SramClass, inBytes: number): void {
    const buffer = this.dies[die]!
    this.add(buffer, outKind, -outBytes)
    this.add(buffer, inKind, inBytes)
  }

  /** Whether there is room that nobody waits for. */
  hasRoom(die: number, bytes: number): boolean {
    return !this.isShort(die) && this.usedBytes(die) + bytes <= this.capacityBytes
  }

  /** Whether somebody waits for room. */
  isShort(die: number): boolean {
    return this.dies[die]!.waiting.length > 0
  }

  usedBytes(die: number): number {
    return this.dies[die]!.usedBytes
  }

  /** Who waits for room, in words. */
  waits(): string[] {
    return this.dies.flatMap((buffer, die) =>
      buffer.waiting.map(
        ({ kind, bytes }) =>
          `die ${die} waits for ${bytes} B for ${kind}: ${buffer.usedBytes} of ${this.capacityBytes} B in use`,
      ),
    )
  }

  private add(buffer: Buffer, kind: SramClass, bytes: number): void {
    const at = SRAM_CLASSES.indexOf(kind)
    buffer.usedBytes += bytes
    buffer.byClass[at] = buffer.byClass[at]! + bytes
    this.packageBytes += bytes
    this.packageByClass[at] = this.packageByClass[at]! + bytes
    invariant(buffer.byClass[at]! >= 0, () => `more ${kind} bytes released than were reserved`)
    const { dieBytes, packageBytes } = this.counters
    const { cacheBytes } = this
    if (buffer.usedBytes + cacheBytes > dieBytes.peak) dieBytes.peak = buffer.usedBytes + cacheBytes
    const cachedBytes = cacheBytes * this.dies.length
    if (this.packageBytes + cachedBytes > packageBytes.peak) {
      packageBytes.peak = this.packageBytes + cachedBytes
      named(this.packageByClass, packageBytes)
      packageBytes.weights += cachedBytes
    }
    if (this.onFill !== undefined) this.onFill(buffer.die, named(buffer.byClass))
  }
}
