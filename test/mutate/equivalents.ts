// Mutants that change nothing anyone could notice, each with the reason.
import type { Mutant } from './mutants.ts'

interface Equivalent {
  readonly file: string
  readonly from: string
  readonly to: string
  readonly why: string
}

const EQUIVALENTS: readonly Equivalent[] = []

export const isEquivalent = ({ file, from, to }: Mutant): boolean =>
  EQUIVALENTS.some((one) => one.file === file && one.from === from && one.to === to)
