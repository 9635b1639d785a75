// Cycles of a GEMM on a systolic array that changes tiles while it computes (double-buffered weights).
//
// Beside systolic.ts, where an array drains and reloads between tiles. Here the next tile's stationary operand (ws:
// weights, is: inputs) shifts in row by row, R cycles, behind the tile that computes, and with os the finished outputs
// shift out, R cycles, behind the next tile's sums. A tile then costs max(streamed, R); only the first one is waited
// for and only the last one drains. A single tile costs what it costs without overlap:
//   ws  (tiles - 1) max(M, R) + M + (2R + C - 2) - 1,  tiles = ceil(K/R) ceil(N/C)
//   is  (tiles - 1) max(N, R) + N + (2R + C - 2) - 1,  tiles = ceil(K/R) ceil(M/C)
//   os  (tiles - 1) max(K, R) + K + (R + C - 2) - 1,   tiles = ceil(M/R) ceil(N/C)
// For R = C = A this is, as SCALE-Sim's users put it, ceil(K/A) ceil(N/A) max(M, A) plus one fill, less
// the idle end of a last tile with M < A.
import type { ComputeSpec } from './spec.ts'
import { gemmCycles } from './systolic.ts'

type Array2d = Pick<Extract<ComputeSpec, { kind: 'systolic' }>, 'rows' | 'columns' | 'dataflow'>

/** M x K times K x N (M = tokens, K = input width, N = output width), tiles overlapped. */
export function overlappedGemmCycles(array: Array2d, m: number, k: number, n: number): number {
  const { rows, columns } = array
  const tiles = (a: number, b: number) => Math.ceil(a / rows) * Math.ceil(b / columns)
  switch (array.dataflow) {
    case 'ws':
      return (
        (tiles(k, n) - 1) * Math.max(m, rows) + gemmCycles(array, m, Math.min(k, rows), Math.min(n, columns))
      )
    case 'is':
      return (
        (tiles(k, m) - 1) * Math.max(n, rows) + gemmCycles(array, Math.min(m, columns), Math.min(k, rows), n)
      )
    case 'os':
      return (
        (tiles(m, n) - 1) * Math.max(k, rows) + gemmCycles(array, Math.min(m, rows), k, Math.min(n, columns))
      )
  }
}
