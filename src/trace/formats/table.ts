// The readers of the trace formats, by their names.

import { torchDump } from './arrays/torch-dump.ts'
import { forecastJson } from './forecast-json.ts'
import type { HistogramReader, RefusedFormat, TokenReader, TraceReader } from './format.ts'
import { TRACE_FORMAT_IDS, type TRACE_FORMATS, type TraceFormatId } from './format-ids.ts'
import { fseDpReference } from './fse-dp-reference.ts'
import { hfLogits } from './hf-logits.ts'
import { layerJsonl } from './layer-jsonl.ts'
import { moeBeyondCsv } from './moe-beyond-csv.ts'
import { moeCacheLab } from './moe-cache-lab.ts'
import { moeInfinity } from './moe-infinity.ts'
import { nativeCsv } from './native/csv.ts'
import { nativeParquet } from './native/parquet.ts'
import { researchJsonl } from './research-jsonl.ts'
import { sglangCounts } from './sglang-counts.ts'
import { tensorrtLlm } from './tensorrt-llm.ts'
import { tokenJsonl } from './token-jsonl.ts'
import { vllmNpy } from './vllm-npy.ts'

interface ReaderOf {
  readonly tokens: TokenReader
  readonly histograms: HistogramReader
  readonly nothing: RefusedFormat
}

/** Of the kind that the table of formats says. */
const READERS: { readonly [Id in TraceFormatId]: ReaderOf[(typeof TRACE_FORMATS)[Id]['gives']] } = {
  csv: nativeCsv,
  parquet: nativeParquet,
  'research-jsonl': researchJsonl,
  'layer-jsonl': layerJsonl,
  'token-jsonl': tokenJsonl,
  'moe-cache-lab': moeCacheLab,
  'moe-beyond-csv': moeBeyondCsv,
  'sglang-counts': sglangCounts,
  'fse-dp-reference': fseDpReference,
  'forecast-json': forecastJson,
  'moe-infinity': moeInfinity,
  'hf-logits': hfLogits,
  'vllm-npy': vllmNpy,
  'tensorrt-llm': tensorrtLlm,
  'torch-dump': torchDump,
}

/** The readers in the order in which a file is offered to them. */
export const TRACE_READERS: readonly (readonly [TraceFormatId, TraceReader])[] = TRACE_FORMAT_IDS.map(
  (id) => [id, READERS[id]],
)
