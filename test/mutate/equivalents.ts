// Mutants that change nothing anyone could notice, each with the reason.
import type { Mutant } from './mutants.ts'

interface Equivalent {
  readonly file: string
  readonly from: string
  readonly to: string
  readonly why: string
}

const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'hardware/router-switches.ts',
    from: 'private packets = 0',
    to: 'private packets = 1',
    why: 'asks once more whether packets wait for each other, when there are none',
  },
  {
    file: 'sim/deferral/deferral.ts',
    from: 'balance.every((count) => count === 0),',
    to: 'balance.some((count) => count === 0),',
    why: 'a check of its own work, which is right',
  },
  {
    file: 'trace/formats/research-jsonl.ts',
    from: "let last: Place = { line: 1, text: '' }",
    to: "let last: Place = { line: 2, text: '' }",
    why: 'read only after a line has taken its place',
  },
]

export const isEquivalent = ({ file, from, to }: Mutant): boolean =>
  EQUIVALENTS.some((one) => one.file === file && one.from === from && one.to === to)
