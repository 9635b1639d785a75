// Turns arrays of router logits into top-k ids, layer by layer.
import type { RowCheck } from '../../expectation.ts'
import { count } from '../../expectation.ts'
import type { Findings } from '../../findings.ts'
import { IdColumn } from '../../id-column.ts'
import { topK } from '../top-k.ts'
import { ByteFeed } from './byte-feed.ts'
import { layersOfAxis } from './layers.ts'
import { type NpyHeader, npyRows, shapeText, takeNpyHeader } from './npy.ts'

export class LogitArrays {
  readonly columns = new Map<number, IdColumn>()
  /** Whether one array held all layers. */
  isStack = false
  private readonly check: RowCheck
  private readonly findings: Findings

  constructor(check: RowCheck, findings: Findings) {
    this.check = check
    this.findings = findings
  }

  /**
   * Takes one .npy array: a stack of layers, or the one layer that its name told. Throws UserError for shapes and numbers
   * that are no logits of the model; `prefix` stands before its messages.
   */
  async take(bytes: AsyncIterable<Uint8Array>, named?: number, prefix = ''): Promise<void> {
    const { findings, check } = this
    const feed = new ByteFeed(bytes)
    try {
      const header = await takeNpyHeader(feed, findings, prefix)
      const layers = this.layersOf(header, named, prefix)
      const tokens = header.shape.at(-2)!
      const { experts } = check.expectation
      const ids = new Array<number>(check.expectation.topK)
      let row = 0
      for await (const values of npyRows(feed, header, experts, findings, prefix)) {
        for (let at = 0; at < values.length; at += experts, row++) {
          const layer = layers[Math.floor(row / tokens)]
          if (layer !== undefined)
            this.choose(layer, row % tokens, topK(values, at, experts, ids), ids, prefix)
        }
      }
    } finally {
      await feed.close()
    }
  }

  private choose(
    layer: number,
    row: number,
    problem: string | undefined,
    ids: number[],
    prefix: string,
  ): void {
    if (problem !== undefined) this.findings.add(`${prefix}row ${row}, layer ${layer}: ${problem}`)
    this.columns.get(layer)!.append(problem === undefined ? ids : this.check.placeholder)
  }

  /** The layers of the array, one after the other; undefined for a dense one. */
  private layersOf(
    header: NpyHeader,
    named: number | undefined,
    prefix: string,
  ): readonly (number | undefined)[] {
    const { findings } = this
    const stop = (what: string, hint?: string): never => findings.stop(`${prefix}${what}`, undefined, hint)
    const { expectation } = this.check
    const { shape, kind, descr } = header
    if (kind !== 'float') stop(`logits must be floating point numbers, the array is ${descr}`)
    if (shape.length < 2 || shape.length > 4) {
      stop(`shape must be (layers, tokens, experts) or (tokens, experts), got ${shapeText(shape)}`)
    }
    if (shape.at(-1) !== expectation.experts) {
      findings.stopConflict(
        `${prefix}the array has logits of ${count(shape.at(-1)!, 'expert')}, model ${expectation.model} has ${expectation.experts}`,
        'pass the model that the trace was recorded with',
      )
    }
    if (shape.length === 4) this.judgeBatch(shape[1]!, prefix)
    const isOneLayer = shape.length === 2 || (shape.length === 3 && shape[0] === 1)
    const layers = isOneLayer
      ? [this.layerNamed(named, stop)]
      : layersOfAxis(shape[0]!, expectation, findings)
    if (this.isStack || (!isOneLayer && this.columns.size > 0)) {
      stop('an array of all layers, and another array beside it')
    }
    this.isStack = !isOneLayer
    for (const layer of layers) {
      if (layer !== undefined && this.columns.has(layer)) stop(`layer ${layer} occurs a second time`)
      if (layer !== undefined) this.columns.set(layer, new IdColumn())
    }
    return layers
  }

  private judgeBatch(sequences: number, prefix: string): void {
    if (sequences === 1) return
    this.findings.stop(
      `${prefix}logits of a batch of ${sequences} sequences, whose padding the array does not mark`,
      undefined,
      'save one file per sequence, without its padding',
    )
  }

  private layerNamed(named: number | undefined, stop: (what: string, hint?: string) => never): number {
    const { moeLayers } = this.check.expectation
    const layer = named ?? (moeLayers.length === 1 ? moeLayers[0] : undefined)
    if (layer === undefined) {
      return stop(
        'logits of one layer, and no name says which',
        'stack all MoE layers, or name arrays of an .npz arr_0, arr_1, ... or layer_<id>',
      )
    }
    const problem = this.check.layerProblem(layer)
    return problem === undefined ? layer : stop(problem)
  }
}
