// What dies stream from and to their memory beside weight slices: inputs in full for whatever part of an expert they compute.
import { invariant } from '../../errors.ts'
import type { Package } from '../../hardware/package.ts'
import { sliceActivationBytes } from '../../model/shape.ts'
import type { SliceLoad } from '../../schedulers/scheduler.ts'

interface Share {
  readonly die: number
  readonly expert: number
  readonly declared: number
  loaded: number
}

/** Of one layer. */
export class Inputs {
  private readonly pkg: Package
  private readonly slices: number
  /** By (die, expert). */
  private readonly shares = new Map<number, Share>()

  constructor(pkg: Package, slices: number) {
    this.pkg = pkg
    this.slices = slices
  }

  /** Bytes beside a slice that comes to a die; 0 where activations rest on chip. */
  streamBytes(job: Pick<SliceLoad, 'expert' | 'die' | 'tokens' | 'slicesHere'>): number {
    const { hardware, model } = this.pkg
    const { expert, die, tokens, slicesHere = this.slices } = job
    if (hardware.activations === 'sram' || tokens === 0) return 0
    this.note(die, expert, slicesHere)
    return Math.ceil(sliceActivationBytes(model, tokens, { slices: this.slices, slicesHere }))
  }

  /** At the layer's end: no fewer slices came to a die than it was to share the expert's inputs among, and no more. */
  assertWhole(): void {
    for (const { die, expert, declared, loaded } of this.shares.values()) {
      invariant(
        declared === loaded,
        () => `die ${die}, expert ${expert}: ${loaded} slices came, not the ${declared} that were said`,
      )
    }
  }

  private note(die: number, expert: number, declared: number): void {
    const key = die * this.pkg.model.experts + expert
    const share = this.shares.get(key) ?? { die, expert, declared, loaded: 0 }
    invariant(
      share.declared === declared,
      () =>
        `die ${die}, expert ${expert}: inputs are shared among ${declared} slices and among ${share.declared}`,
    )
    share.loaded++
    this.shares.set(key, share)
  }
}
