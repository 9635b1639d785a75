// What is kept of one iteration while it runs.
import type { LayerWork } from '../../schedulers/work.ts'
import type { Ledger } from './ledger.ts'
import type { Residency } from './residency.ts'
import type { Results } from './results.ts'

export interface Books {
  readonly work: LayerWork
  readonly residency: Residency
  readonly ledger: Ledger
  readonly results: Results
}
