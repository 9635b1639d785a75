// Engines whose placement files are written and read, and the plain form.

export const ENGINES = ['sglang', 'ascend', 'tensorrt-llm', 'csv'] as const
export type Engine = (typeof ENGINES)[number]
