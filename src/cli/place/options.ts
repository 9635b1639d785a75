// What `moesim place` is told on the command line, with its defaults.
import type { Engine } from '../../config/placement/engines.ts'
import type { TraceFormatId } from '../../trace/formats/format-ids.ts'

export interface PlaceOptions {
  readonly from?: TraceFormatId
  readonly model?: string
  readonly hardware?: string
  readonly devices?: string
  readonly slots?: string
  readonly algorithm: string
  readonly nodes?: string
  readonly groups?: string
  readonly time?: string
  readonly fit?: string
  readonly judge?: string
  readonly windows?: string
  readonly current?: string
  readonly tokens?: string
  readonly layers?: string
  readonly scheduler?: string
  readonly horizon?: string
  readonly engine?: Engine
  readonly format: 'table' | 'json' | 'csv' | 'markdown'
  readonly output?: string
  readonly quiet?: boolean
}

export const DEFAULT_WINDOWS = 8
export const DEFAULT_SECONDS = 60
export const DEFAULT_TOKENS = 512
export const DEFAULT_LAYERS = 4
/** Engines rebalance every 1,000 to 3,000 steps where they do. */
export const DEFAULT_HORIZON = 1000
