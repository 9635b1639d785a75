// Says of every statistic that a result lacks why the trace cannot give it.
import { type Measures, STATISTIC_IDS, type StatisticId, type SummaryMeasure } from './measure.ts'
import type { AnalyzedTrace } from './result.ts'

type Facts = Pick<AnalyzedTrace, 'gives' | 'experts' | 'topK' | 'tokens' | 'tasks'>

export function reasonsMissing(
  facts: Facts,
  summary: Measures<SummaryMeasure>,
): Partial<Record<StatisticId, string>> {
  const missing = STATISTIC_IDS.filter((id) => summary[id] === undefined)
  return Object.fromEntries(missing.map((id) => [id, reason(id, facts)]))
}

function reason(id: StatisticId, { gives, experts, topK, tokens, tasks }: Facts): string {
  const hasRanks = id.startsWith('rank-')
  if (hasRanks && experts < 32) return `the layer has ${experts} experts only`
  if (id.startsWith('phase-spearman') || id.startsWith('hot-overlap')) {
    const needsTokens = id.startsWith('phase-spearman-')
    if (gives === 'histograms')
      return needsTokens ? ONLY_COUNTS : 'the counts do not tell prefill from decode'
    if (tokens?.prefill === 0) return 'the trace has no prefill tokens'
    if (tokens?.decode === 0) return 'the trace has no decode tokens'
  }
  if (gives === 'histograms' && !hasRanks) return ONLY_COUNTS
  if (id === 'common-experts' && tasks === undefined) {
    return 'the ids of the requests do not name two or more tasks (task/request)'
  }
  if ((id === 'pair-share' || id === 'pair-affinity-max') && topK === 1) {
    return 'a top-1 token has no pair of experts'
  }
  if (id.startsWith('cross-layer') || id.startsWith('adjacent')) {
    return 'no analyzed layer is followed by the next MoE layer of the model'
  }
  return 'not defined on so few tokens, or on loads that are all alike'
}

const ONLY_COUNTS = 'needs the tokens: the trace has counts only'
