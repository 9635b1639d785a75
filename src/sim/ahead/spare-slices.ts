// Weight slices that are on dies before anything asks for them: they take room that nobody waits for, and give it back.
import type { SlicePlace } from '../../schedulers/scheduler.ts'
import type { Sram } from '../machine/sram.ts'

/** A slice with its room. It is taken out of the list, with `keep` or `drop`, exactly once. */
export interface SpareSlice<P extends SlicePlace = SlicePlace> {
  readonly place: P
  isHere: boolean
  /** It is not wanted any more: its room is freed when it comes. */
  isDropped: boolean
}

export class SpareSlices<P extends SlicePlace> {
  private readonly sram: Sram
  private readonly bytesOfSlice: readonly number[]
  private readonly onDropped: (bytes: number) => void
  private readonly onDie = new Map<number, SpareSlice<P>[]>()

  /** `onDropped` is told of every slice that was read in vain. */
  constructor(sram: Sram, bytesOfSlice: readonly number[], onDropped: (bytes: number) => void) {
    this.sram = sram
    this.bytesOfSlice = bytesOfSlice
    this.onDropped = onDropped
  }

  /** Takes room for a slice; undefined where there is none to spare. */
  add(place: P, isHere: boolean): SpareSlice<P> | undefined {
    const bytes = this.bytesOfSlice[place.slice]!
    if (!this.sram.hasRoom(place.die, bytes)) return undefined
    this.sram.reserve(place.die, 'weights', bytes, () => undefined)
    const spare = { place, isHere, isDropped: false }
    const list = this.onDie.get(place.die)
    if (list === undefined) this.onDie.set(place.die, [spare])
    else list.push(spare)
    return spare
  }

  find({ expert, slice, die }: SlicePlace): SpareSlice<P> | undefined {
    return this.onDie
      .get(die)
      ?.find(({ place, isDropped }) => !isDropped && place.expert === expert && place.slice === slice)
  }

  /** All that are still wanted, by die in the order in which dies came up. */
  all(): SpareSlice<P>[] {
    return [...this.onDie.values()].flat().filter(({ isDropped }) => !isDropped)
  }

  /** The slice has come. Whether it is still wanted. */
  arrive(spare: SpareSlice<P>): boolean {
    spare.isHere = true
    if (spare.isDropped) this.free(spare)
    return !spare.isDropped
  }

  /** Takes a slice out of the list; its room stays taken, and is the caller's from now on. */
  keep(spare: SpareSlice<P>): void {
    const list = this.onDie.get(spare.place.die)!
    list.splice(list.indexOf(spare), 1)
  }

  /** Gives a slice up: its room is freed now, or as soon as it has come. */
  drop(spare: SpareSlice<P>): void {
    spare.isDropped = true
    this.onDropped(this.bytesOfSlice[spare.place.slice]!)
    if (spare.isHere) this.free(spare)
  }

  /** Drops slices of a die, the last ones first, until nobody waits for room there: those that are there before others. */
  giveWay(die: number): void {
    for (const isHere of [true, false]) {
      for (const spare of [...(this.onDie.get(die) ?? [])].reverse()) {
        if (!this.sram.isShort(die)) return
        if (spare.isHere === isHere && !spare.isDropped) this.drop(spare)
      }
    }
  }

  private free(spare: SpareSlice<P>): void {
    this.keep(spare)
    this.sram.release(spare.place.die, 'weights', this.bytesOfSlice[spare.place.slice]!)
  }
}
