// A set of small whole numbers, of which each is added once: a bit for each.

const BITS = 32

export class Marks {
  private readonly words: Uint32Array

  /** Of numbers below `size`. */
  constructor(size: number) {
    this.words = new Uint32Array(Math.ceil(size / BITS))
  }

  /** Adds [from, to), which is not empty. Where a number of it is there already, returns that number and adds no later one. */
  add(from: number, to: number): number | undefined {
    const { words } = this
    for (let at = from; at < to; ) {
      const word = Math.floor(at / BITS)
      const end = Math.min(to, (word + 1) * BITS)
      const bits = (-1 >>> (BITS - (end - at))) << (at % BITS)
      const repeated = words[word]! & bits
      if (repeated !== 0) return word * BITS + lowestBit(repeated)
      words[word] = words[word]! | bits
      at = end
    }
    return undefined
  }

  has(number: number): boolean {
    return (this.words[Math.floor(number / BITS)]! & (1 << (number % BITS))) !== 0
  }
}

function lowestBit(bits: number): number {
  return BITS - 1 - Math.clz32(bits & -bits)
}
