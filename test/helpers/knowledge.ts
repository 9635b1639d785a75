// What would be known of the routing of works that a test has laid out itself.
import type { LayerWork } from '../../src/schedulers/work.ts'
import { LayerKnowledge } from '../../src/sim/knowledge.ts'

const HELD_OUT_TOKENS = 4

/**
 * The works are the iterations of a run over layer 1. In layer 0, the one before, every token chose the next higher expert.
 * `isPartial`: the routing holds a request more, of which the run takes nothing: the first few tokens over again.
 */
export function knowledgeOf(works: readonly LayerWork[], isPartial: boolean): LayerKnowledge {
  const { experts, topK, choices } = works[0]!
  const taken = works.flatMap((work) => [...work.choices])
  const extra = isPartial ? [...choices.subarray(0, HELD_OUT_TOKENS * topK)] : []
  const table = Uint16Array.from([...taken, ...extra])
  const tokensOf: number[] = []
  for (const { tokenRequest } of works) {
    for (const request of tokenRequest) tokensOf[request] = (tokensOf[request] ?? 0) + 1
  }
  let row = 0
  const iterations = works.map(({ phase, tokenRequest }) => ({
    phase,
    rows: Int32Array.from(tokenRequest, () => row++),
    requests: tokenRequest,
  }))
  return new LayerKnowledge({
    model: { experts, topK },
    routing: {
      layers: [0, 1],
      requests: [...tokensOf, ...(isPartial ? [extra.length / topK] : [])].map((tokens) => ({ tokens })),
      layerExperts: (layer) => (layer === 1 ? table : table.map((expert) => (expert + 1) % experts)),
    },
    layer: 1,
    layerExperts: table,
    iterations,
  })
}
