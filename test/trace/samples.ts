// Random routings for property tests; request ids hold what CSV has to quote.
import fc from 'fast-check'
import type { Sample } from './sample.ts'

export const samples: fc.Arbitrary<Sample> = fc
  .record({
    experts: fc.integer({ min: 3, max: 300 }),
    topK: fc.integer({ min: 1, max: 3 }),
    layers: fc
      .uniqueArray(fc.nat(60), { minLength: 1, maxLength: 4 })
      .map((ids) => ids.sort((a, b) => a - b)),
    ids: fc.uniqueArray(fc.stringMatching(/^[a-zé",#' /0-9-]{1,12}$/), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ experts, topK, layers, ids }) => {
    const list = fc.uniqueArray(fc.nat(experts - 1), { minLength: topK, maxLength: topK })
    const row = fc.array(list, { minLength: layers.length, maxLength: layers.length })
    const request = (id: string) =>
      fc
        .record({
          prefill: fc.array(row, { maxLength: 4 }),
          decode: fc.array(row, { minLength: 1, maxLength: 4 }),
        })
        .map(({ prefill, decode }) => ({ id, prefillTokens: prefill.length, rows: [...prefill, ...decode] }))
    return fc.record({
      experts: fc.constant(experts),
      topK: fc.constant(topK),
      layers: fc.constant(layers),
      requests: fc.tuple(...ids.map(request)),
    })
  })
