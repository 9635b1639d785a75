// What a form of placement files is: how it is told from others, read and written.
import type { ExpertMap } from '../../schedulers/placements/expert-map.ts'
import type { Reporter } from '../validate.ts'
import type { ConfigView } from '../view.ts'
import type { FileLayer, MapExpectation } from './map-check.ts'

/** A form that is JSON or YAML. */
export interface DocumentForm {
  recognises(value: unknown): boolean
  /** Layers as they stand in the file, not yet held against the model; findings go to `report`. */
  read(view: ConfigView, expected: MapExpectation, report: Reporter): readonly FileLayer[]
  /** `layers`: transformer layers of the model, dense ones included. Every device has as many slots. */
  write(map: ExpertMap, layers: number): string
}
