// Whole numbers in memory that threads share: sent to another thread, nothing is copied.

export function sharedInts(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT))
}
