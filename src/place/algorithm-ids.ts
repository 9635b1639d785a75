// What placement algorithms there are, for help texts: without what they need to run.

export const ALGORITHM_SUMMARIES = {
  eplb: 'EPLB of DeepSeek-V3: copies for the hottest, then the heaviest to the lightest device; by node with --nodes',
  balanced: 'ep:placement=balanced of runs, its free slots filled',
  joint: 'copies and packing together, by local search from eplb on: never worse than eplb',
  optimal:
    'the least load there can be, by mixed-integer programs, within --time; never worse than any other',
  hops: 'the loads of joint, with what tokens choose most near the middle of the package; needs --hardware',
  pairs:
    'the loads of joint, with what is chosen together on one device where links bind, apart where computing does; needs --hardware and tokens',
} as const

export type AlgorithmId = keyof typeof ALGORITHM_SUMMARIES
export const ALGORITHM_IDS = Object.keys(ALGORITHM_SUMMARIES) as readonly AlgorithmId[]
