// Bytes of one weight in formats that keep scales, and perhaps zero points, for blocks of weights.

/** Bits of a weight; and of every block of so many weights the scale in bytes and the zero point in bits. */
export interface BlockFormat {
  readonly bits: number
  /** Absent: one scale for a row or for all, which is not counted. */
  readonly block?: number | undefined
  readonly scaleBytes?: number
  readonly zeroBits?: number
}

const BITS_PER_BYTE = 8

export function blockBytes({ bits, block, scaleBytes = 0, zeroBits = 0 }: BlockFormat): number {
  const perBlock = block === undefined ? 0 : (scaleBytes + zeroBits / BITS_PER_BYTE) / block
  return bits / BITS_PER_BYTE + perBlock
}

/** Four bits in blocks of 16 with an 8-bit scale: 4.5 bits. */
export const NVFP4_BYTES = blockBytes({ bits: 4, block: 16, scaleBytes: 1 })
/** The microscaling formats: an 8-bit scale for every 32 weights, 4.25 and 8.25 bits. */
export const MXFP4_BYTES = blockBytes({ bits: 4, block: 32, scaleBytes: 1 })
export const MXFP8_BYTES = blockBytes({ bits: 8, block: 32, scaleBytes: 1 })

/** 8-bit floats with a 32-bit scale for each tile of the matrix. */
export const fp8TileBytes = (rows: number, columns: number): number =>
  blockBytes({ bits: 8, block: rows * columns, scaleBytes: 4 })

/** Integers in groups with a 16-bit scale and perhaps a zero point as wide as a weight. */
export const integerGroupBytes = (bits: number, group: number | undefined, hasZeros: boolean): number =>
  blockBytes({ bits, block: group, scaleBytes: 2, zeroBits: hasZeros ? bits : 0 })
