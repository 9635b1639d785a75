// All that is known of a placement once it is made: what tables, JSON and verdicts are written from.
import type { AlgorithmId } from './algorithm-ids.ts'
import type { MachineStudy } from './machine-study.ts'
import type { PlaceSource, Span } from './source.ts'
import type { LayerStudy } from './study.ts'
import type { Verdict } from './verdict.ts'

export interface PlaceReport {
  readonly source: Pick<PlaceSource, 'path' | 'model' | 'experts' | 'units'>
  readonly algorithm: AlgorithmId
  /** Name of the hardware; absent: devices alone were named. */
  readonly hardware?: string | undefined
  readonly devices: number
  readonly slots: number
  readonly fit: Span
  readonly judge?: Span | undefined
  /** Where experts lay before: a file, or in blocks in id order, without copies. */
  readonly current: string
  readonly layers: readonly LayerStudy[]
  /** Absent: devices alone were named. */
  readonly machine?: MachineStudy | undefined
  readonly verdict: Verdict
}
