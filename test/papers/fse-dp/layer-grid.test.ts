// The commands of the layer test: what is printed is what was simulated.
import { expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { runOf } from '../../../src/papers/fse-dp/layer-grid.ts'
import { Lab } from '../../../src/papers/lab.ts'
import { hooks } from '../tiny-lab.ts'

const lab = new Lab(nodeIo, { isQuick: true, seed: 7 }, hooks)
const loaded = async (seedOffset: number) => ({
  point: await lab.load('fse-dp-f9-latency', {
    flags: { model: 'phi-3.5-moe', tokens: '16', layers: 'sample:2', schedulers: ['ep', 'fse-dp'] },
    sets: ['generator.affinity=1.5'],
    seedOffset,
  }),
})
const FLAGS = '--model <model> --tokens <tokens> --layers sample:2'
const TOKENS = 'for every model and 16, 64, 256, 1024 tokens'

test('a command for all cells has everything that they share: layers, settings, seed', async () => {
  expect(runOf([await loaded(0)], 'ep')).toBe(
    `fse-dp-f9-latency ${FLAGS} --scheduler ep --set generator.affinity=1.5 --seed 7, ${TOKENS}`,
  )
})

test('names all schedulers of the experiment where none is asked for, and the seeds of other routings', async () => {
  expect(runOf([await loaded(0), await loaded(1)])).toBe(
    `fse-dp-f9-latency ${FLAGS} --scheduler ep --scheduler fse-dp --set generator.affinity=1.5 --seed 7, ${TOKENS}, and again with --seed 8`,
  )
})
