// The trace formats, in the order in which a file is offered to them.
import { forecastJson } from './forecast-json.ts'
import type { TraceFormat } from './format.ts'
import { layerJsonl } from './layer-jsonl.ts'
import { nativeCsv } from './native-csv.ts'
import { researchJsonl } from './research-jsonl.ts'

export const TRACE_FORMATS: readonly TraceFormat[] = [nativeCsv, researchJsonl, layerJsonl, forecastJson]
