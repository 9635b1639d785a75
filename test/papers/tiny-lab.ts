// A lab whose experiments are cut down to a few experts of a few kilobytes, so that every figure runs in a moment.
import { nodeIo } from '../../src/cli/node/io.ts'
import { type Changes, Lab, type Point } from '../../src/papers/lab.ts'
import type { RunHooks } from '../../src/run/run-many.ts'

export const hooks: RunHooks = {
  version: '1.2.3',
  onTraceRead: () => {},
  onProgress: async () => {},
  onWarning: () => {},
}

export const TINY_MODEL = [
  'model.experts=8',
  'model.top_k=2',
  'model.hidden=64',
  'model.expert_intermediate=256',
  'model.moe_layers=all',
]

export class TinyLab extends Lab {
  private readonly sets: readonly string[]

  /** `sets`: `--set` texts for every experiment. */
  constructor(sets: readonly string[] = [], isQuick = true) {
    super(nodeIo, { isQuick, seed: 1 }, hooks)
    this.sets = sets
  }

  override load(name: string, changes: Changes = {}): Promise<Point> {
    const sets = [...(changes.sets ?? []), ...TINY_MODEL, ...this.sets]
    // One layer is as good as two where only the shape of the result matters.
    const layers = changes.flags?.layers === 'sample:2' ? 'sample:1' : changes.flags?.layers
    return super.load(name, { ...changes, flags: { ...changes.flags, layers }, sets })
  }
}
