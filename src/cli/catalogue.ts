// The tables behind `moesim list`: names, summaries, and the options of schedulers.
import { listBundled } from '../config/bundled.ts'
import { topologies } from '../hardware/topology.ts'
import type { Io } from '../io.ts'
import { allowedValues, type OptionTable, type OptionValues } from '../schedulers/options.ts'
import { placements } from '../schedulers/placements/table.ts'
import { predictors } from '../schedulers/predictors/table.ts'
import { presets, schedulers } from '../schedulers/table.ts'

interface CatalogueOption {
  readonly name: string
  readonly default: boolean | number | string
  readonly allowed: string
  readonly doc: string
}

export interface CatalogueEntry {
  readonly name: string
  readonly summary: string
  readonly options?: readonly CatalogueOption[]
  /** Of a preset: the scheduler it is short for, and what it sets. */
  readonly preset?: { readonly scheduler: string; readonly options: OptionValues }
}

export type CatalogueKind =
  | 'hardware'
  | 'models'
  | 'schedulers'
  | 'placements'
  | 'predictors'
  | 'topologies'
  | 'traces'
  | 'experiments'

export async function catalogue(io: Io, kind: CatalogueKind): Promise<readonly CatalogueEntry[]> {
  switch (kind) {
    case 'schedulers':
      return [...schedulerEntries(), ...presetEntries()]
    case 'placements':
      return Object.entries(placements).map(([name, { summary }]) => ({ name, summary }))
    case 'predictors':
      return Object.entries(predictors).map(([name, { summary }]) => ({ name, summary }))
    case 'topologies':
      return Object.entries(topologies).map(([name, summary]) => ({ name, summary }))
    default:
      return listBundled(io, kind)
  }
}

function schedulerEntries(): CatalogueEntry[] {
  return Object.entries(schedulers).map(([name, { summary, options }]) => ({
    name,
    summary,
    options: optionEntries(options),
  }))
}

function optionEntries(table: OptionTable): CatalogueOption[] {
  return Object.entries(table).map(([name, spec]) => ({
    name,
    default: spec.default,
    allowed: allowedValues(spec),
    doc: spec.doc,
  }))
}

function presetEntries(): CatalogueEntry[] {
  return Object.entries(presets).map(([name, { scheduler, options, summary }]) => ({
    name,
    summary,
    preset: { scheduler, options },
  }))
}
