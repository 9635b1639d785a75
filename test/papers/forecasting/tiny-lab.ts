// A lab for the forecasting paper's experiments: tiny models, 512 times fewer requests, two decode steps.
import { nodeIo } from '../../../src/cli/node/io.ts'
import { type Changes, Lab, type Point } from '../../../src/papers/lab.ts'
import { hooks, TINY_MODEL } from '../tiny-lab.ts'

const STEPS = 2
const FEWER = 512

export class TinyForecastLab extends Lab {
  private readonly sets: readonly string[]

  /** `sets`: `--set` texts for every experiment. */
  constructor(sets: readonly string[] = [], isQuick = true) {
    super(nodeIo, { isQuick, seed: 1 }, hooks)
    this.sets = sets
  }

  override load(name: string, changes: Changes = {}): Promise<Point> {
    const { flags = {}, sets = [] } = changes
    const { requests, layers } = flags
    const few = {
      ...(requests !== undefined && {
        requests: `${Math.ceil(Number(requests) / FEWER)}`,
        decodeSteps: `${STEPS}`,
      }),
      // Two layers, as a quick call samples them, are enough for an interval; one where there need not be any.
      ...(layers !== undefined && layers !== 'sample:2' && { layers: 'sample:1' }),
    }
    const generator = ['generator.prefill_tokens=2', `generator.decode_tokens=${STEPS}`]
    const all = [...sets, ...generator, ...TINY_MODEL, ...this.sets]
    return super.load(name, { ...changes, flags: { ...flags, ...few }, sets: all })
  }
}
