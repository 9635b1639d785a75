// 16-bit floating point numbers (IEEE 754 binary16) as doubles.

let table: Float32Array | undefined

/** The values of half-precision bit patterns. */
export function halfFloats(bits: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, pattern) => halfFloat(pattern))
  const values = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!
  return values
}

function halfFloat(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1
  const exponent = (pattern >> 10) & 0x1f
  const fraction = pattern & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
