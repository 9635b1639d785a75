// Reader of MoE-Infinity's expert activation matrices, saved as .npy.
import { count } from '../expectation.ts'
import { ByteFeed } from './arrays/byte-feed.ts'
import { layersOfAxis } from './arrays/layers.ts'
import { npyRows, shapeText, takeNpyHeader } from './arrays/npy.ts'
import { headOfDoubles, isNpy, npyDescr } from './arrays/npy-kind.ts'
import type { HistogramReader } from './format.ts'

/**
 * Shape (sequences, layers, experts): how many tokens of a sequence an expert of a layer got, prompt and answer together.
 * All-zero matrices are free slots of the tracer. Sequences are added up: the phases and the order of tokens are lost.
 */
export const moeInfinity: HistogramReader = {
  // Logits are doubles too, at times, but not all of them whole numbers.
  recognises: (head) =>
    isNpy(head) &&
    npyDescr(head) === '<f8' &&
    headOfDoubles(head).every((value) => Number.isInteger(value) && value >= 0),
  async count(file, builder) {
    const { findings } = file
    const { model, experts } = builder.expectation
    const feed = new ByteFeed(file.bytes())
    try {
      const header = await takeNpyHeader(feed, findings)
      const { shape } = header
      if (shape.length !== 3)
        findings.stop(`shape must be (sequences, layers, experts), got ${shapeText(shape)}`)
      if (shape[2] !== experts) {
        findings.stopConflict(
          `the array has ${count(shape[2]!, 'expert')}, model ${model} has ${experts}`,
          'pass the model that the trace was recorded with',
        )
      }
      const layers = layersOfAxis(shape[1]!, builder.expectation, findings)
      const counts = new Map<number, Float64Array>()
      for (const layer of layers) if (layer !== undefined) counts.set(layer, new Float64Array(experts))
      let row = 0
      for await (const values of npyRows(feed, header, experts, findings)) {
        for (let at = 0; at < values.length; at += experts, row++) {
          const place = row % layers.length
          const layer = layers[place]
          const sums = layer === undefined ? undefined : counts.get(layer)
          const where = () => `sequence ${Math.floor(row / layers.length)}, layer ${layer ?? place}`
          for (let expert = 0; expert < experts; expert++) {
            const value = values[at + expert]!
            if (!Number.isInteger(value) || value < 0) {
              findings.stop(`${where()}: the count of expert ${expert} must be a whole number, got ${value}`)
            }
            if (sums !== undefined) sums[expert]! += value
            else if (value !== 0)
              findings.stop(`${where()}: tokens of expert ${expert} in a dense layer of model ${model}`)
          }
        }
      }
      builder.add({ phase: 'unknown', counts }, findings)
    } finally {
      await feed.close()
    }
    return 'read'
  },
}
