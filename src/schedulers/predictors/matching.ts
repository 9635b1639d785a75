// Requests that have chosen alike so far will go on alike: the activation maps of MoE-Infinity, row by row.
//
// Of each request a map is kept of how many of its tokens chose each expert. Of whole maps this looks at two rows, the layer and
// the one before it. The request at hand has what its tokens have chosen so far, in the layer before also the token that comes;
// of the stored maps the one of most similar direction (cosine) says which experts its tokens will choose.
import type { ActivationMap } from '../knowledge.ts'
import { addTo } from './expectation.ts'
import { layerWide } from './layer-wide.ts'
import type { PredictorDefinition } from './predictor.ts'

/** Requests whose maps are stored. MoE-Infinity stores some hundreds at most. */
const MAPS = 128

export const matching: PredictorDefinition = {
  summary:
    'experts of the earlier request, among those that the run leaves out, that most resembles the one at hand: what it chose in this layer and the one before',
  source: 'MoE-Infinity (arXiv 2401.14361): activation maps of requests, here two rows of each',
  needsOtherRequests: true,
  create({ experts, most, knowledge }) {
    let stored: readonly ActivationMap[] | undefined
    /** By request: how much it has in common with each stored map. */
    const likeness = new Map<number, Float64Array>()
    let learnt = -1
    const mapsOf = () => {
      stored ??= knowledge?.heldOutMaps(MAPS) ?? []
      return stored
    }
    const likenessOf = (request: number) => likeness.get(request) ?? new Float64Array(mapsOf().length)
    /** Adds what tokens of some requests have chosen. */
    const addRow = (to: Map<number, Float64Array>, row: Row, requests: Int32Array, choices: Uint16Array) => {
      const topK = choices.length / requests.length
      choices.forEach((expert, at) => {
        const request = requests[Math.floor(at / topK)]!
        const sums = to.get(request) ?? likenessOf(request).slice()
        to.set(request, sums)
        mapsOf().forEach((map, i) => {
          sums[i] = sums[i]! + (map[row]?.[expert] ?? 0)
        })
      })
    }
    const expected = (iteration: number, reached: number) => {
      if (knowledge === undefined || mapsOf().length === 0 || reached < 0) return undefined
      const known = Math.min(iteration, reached)
      const requests = knowledge.requests(known)
      const now = new Map<number, Float64Array>()
      const coming = known > learnt ? knowledge.previousChoices(known) : undefined
      if (coming !== undefined) addRow(now, 'before', requests, coming)
      const total = new Float64Array(experts)
      for (const request of requests) {
        const map = mostAlike(mapsOf(), now.get(request) ?? likenessOf(request))
        if (map !== undefined) addTo(total, map.here, 1 / map.hereTokens)
      }
      return total.some((tokens) => tokens > 0) ? total : undefined
    }
    return layerWide(
      { most },
      {
        expected,
        learn(work) {
          const { iteration, tokenRequest, choices } = work
          learnt = iteration
          if (mapsOf().length === 0) return
          addRow(likeness, 'here', tokenRequest, choices)
          const before = knowledge?.previousChoices(iteration)
          if (before !== undefined) addRow(likeness, 'before', tokenRequest, before)
        },
      },
    )
  },
}

type Row = 'here' | 'before'

/** Of equals the first; undefined: none has anything in common. */
function mostAlike(maps: readonly ActivationMap[], likeness: Float64Array): ActivationMap | undefined {
  let best: ActivationMap | undefined
  let bestCosine = 0
  maps.forEach((map, i) => {
    const cosine = likeness[i]! / map.length
    if (cosine <= bestCosine) return
    best = map
    bestCosine = cosine
  })
  return best
}
