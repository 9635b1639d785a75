// Cycles of a GEMM on a systolic array, tile after tile, without overlap between tiles.
//
// Closed forms that reproduce SCALE-Sim v3's compute cycles (its square arrays are R = C = A):
//   ws  ceil(K/R) * ceil(N/C) * (2R + C + M - 2) - 1
//   is  ceil(K/R) * ceil(M/C) * (2R + C + N - 2) - 1
//   os  ceil(M/R) * ceil(N/C) * (R + C + K - 2) - 1
import type { ComputeSpec } from './spec.ts'

type Array2d = Pick<Extract<ComputeSpec, { kind: 'systolic' }>, 'rows' | 'columns' | 'dataflow'>

/** M x K times K x N (M = tokens, K = input width, N = output width). */
export function gemmCycles(array: Array2d, m: number, k: number, n: number): number {
  const { rows, columns } = array
  const tiles = (a: number, b: number) => Math.ceil(a / rows) * Math.ceil(b / columns)
  switch (array.dataflow) {
    case 'ws':
      return tiles(k, n) * (2 * rows + columns + m - 2) - 1
    case 'is':
      return tiles(k, m) * (2 * rows + columns + n - 2) - 1
    case 'os':
      return tiles(m, n) * (rows + columns + k - 2) - 1
  }
}
