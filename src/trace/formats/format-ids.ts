// The table of trace formats: their names for --from, what each can give, and in one line what it is.
import { type Diagnostic, finding, nearest } from '../../errors.ts'

interface FormatFacts {
  /** `tokens`: each token's experts; `histograms`: counts per layer and expert alone; `nothing`: refused with advice. */
  readonly gives: 'tokens' | 'histograms' | 'nothing'
  readonly summary: string
}

/** In the order in which a file is offered to them. */
export const TRACE_FORMATS = {
  csv: { gives: 'tokens', summary: 'native CSV (request,token,phase,layer,experts)' },
  parquet: { gives: 'tokens', summary: 'native Parquet' },
  'research-jsonl': { gives: 'tokens', summary: 'moesim-research-trace (JSONL)' },
  'layer-jsonl': { gives: 'tokens', summary: 'one JSONL row per (layer, token)' },
  'token-jsonl': { gives: 'tokens', summary: 'one JSONL row per token ({"tok", "layers": [[ids], ...]})' },
  'moe-cache-lab': { gives: 'tokens', summary: 'moe-cache-lab routing JSONL, version 1' },
  'moe-beyond-csv': {
    gives: 'tokens',

    summary: 'CSV of Hugging Face gate hooks (Layer ID,Batch Number,Token,Activated Expert IDs)',
  },
  'sglang-counts': {
    gives: 'histograms',

    summary: 'JSON of the SGLang recorder (logical_count)',
  },
  'fse-dp-reference': {
    gives: 'tokens',

    summary: 'JSON object of expert lists by token index, one file per layer',
  },
  'forecast-json': {
    gives: 'tokens',

    summary: 'JSON array of steps, one file per request',
  },
  'moe-infinity': {
    gives: 'histograms',

    summary: 'MoE-Infinity activation matrices (.npy, float64)',
  },
  'hf-logits': {
    gives: 'tokens',

    summary: 'Hugging Face router logits (.npy, .npz)',
  },
  'vllm-npy': {
    gives: 'tokens',

    summary: 'vLLM routed experts (.npy of whole numbers, with a .npy.json beside it)',
  },
  'tensorrt-llm': {
    gives: 'histograms',

    summary: 'TensorRT-LLM expert statistics (a folder of rank<r>.safetensors)',
  },
  'torch-dump': { gives: 'nothing', summary: 'torch.save or pickle (.pt): convert it first' },
} as const satisfies Record<string, FormatFacts>

export type TraceFormatId = keyof typeof TRACE_FORMATS

export const TRACE_FORMAT_IDS = Object.keys(TRACE_FORMATS) as [TraceFormatId, ...TraceFormatId[]]

/** Those that give anything: what `--from` takes. */
export const READABLE_FORMAT_IDS = TRACE_FORMAT_IDS.filter((id) => TRACE_FORMATS[id].gives !== 'nothing') as [
  TraceFormatId,
  ...TraceFormatId[],
]

/** Says that there is no format of this name. */
export function unknownFormat(name: string): Diagnostic {
  const suggestion = nearest(name, READABLE_FORMAT_IDS)
  const args = { kind: 'trace format', name, allowed: READABLE_FORMAT_IDS, ...(suggestion && { suggestion }) }
  return finding('unknown-name', args)
}

/** Whether `--from` takes it. */
export function isTraceFormat(text: string): text is TraceFormatId {
  return (READABLE_FORMAT_IDS as readonly string[]).includes(text)
}
