// Closed forms: what the statistics are where tokens choose experts independently of each other.

/** The share of experts that a predictor may name: ceil(0.2 E), the paper's "top 20 %". */
export function candidateCount(experts: number): number {
  return Math.ceil(experts / 5)
}

/** sqrt((1 - p) / (T p)), p = k / E: root of the expected variance over the mean, of T tokens that choose uniformly. */
export function uniformCv(tokens: number, experts: number, topK: number): number {
  const p = topK / experts
  return Math.sqrt((1 - p) / (tokens * p))
}

/** Expected share of experts that T tokens of k uniform, distinct choices reach: 1 - (1 - k / E)^T. */
export function uniformActiveShare(tokens: number, experts: number, topK: number): number {
  return 1 - (1 - topK / experts) ** tokens
}

/** Expected number of distinct experts of `batch` independent tokens: sum_e 1 - (1 - q_e)^batch, q_e the share of tokens of e. */
export function distinctByPopularity(counts: Float64Array, topK: number, batch: number): number {
  const tokens = counts.reduce((a, b) => a + b, 0) / topK
  return counts.reduce((sum, count) => sum + 1 - (1 - count / tokens) ** batch, 0)
}

/** Expected overlap of two independent tokens of this popularity: sum_e q_e^2 / k, q_e the share of tokens of e. */
export function overlapByPopularity(counts: Float64Array, topK: number): number {
  const tokens = counts.reduce((a, b) => a + b, 0) / topK
  return counts.reduce((sum, count) => sum + (count / tokens) ** 2, 0) / topK
}

/** P(X >= least) of X binomial(n, p). */
export function binomialTail(n: number, p: number, least: number): number {
  if (p >= 1) return least <= n ? 1 : 0
  let tail = 0
  // ln C(n, i), built up so that no factorial overflows.
  let logChoose = 0
  for (let i = 0; i <= n; i++) {
    if (i > 0) logChoose += Math.log((n - i + 1) / i)
    if (i >= least) tail += Math.exp(logChoose + i * Math.log(p) + (n - i) * Math.log1p(-p))
  }
  return Math.min(1, tail)
}
