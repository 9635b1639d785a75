// A reference row made ready to be replayed: what the reference says, and how our models say it.
import type { Models } from './models.ts'
import type { TableName } from './tables.ts'

/** One number of the reference, in the table's unit. */
export interface Expectation {
  readonly table: TableName
  /** Names the row for people. */
  readonly row: string
  readonly reference: number
}

/** One run of a model, and the numbers of the reference it is held against. */
export interface Replay {
  readonly expected: readonly Expectation[]
  /** Our numbers, one for each expectation. */
  values(models: Models): readonly number[]
}
