// What a result rests on: kinds of constants, and quantities beyond what was fitted.
import { expect, test } from 'vitest'
import { loadHardware } from '../../src/config/hardware/hardware.ts'
import { loadModel } from '../../src/config/model/model.ts'
import { basisOf } from '../../src/run/basis.ts'
import { bundledIo } from '../config/bundled-io.ts'

const io = bundledIo()
const hardware = await loadHardware(io, 'h100-sxm')
const model = await loadModel(io, 'qwen3-30b-a3b')
const iteration = (tokens: number) => ({ rows: new Int32Array(tokens) })

test('constants are counted by kind; within the fitted range nothing is extrapolated', () => {
  const within = { ...model, weightBytes: 1 }
  expect(basisOf({ hardware, model: within }, [iteration(1), iteration(16_384)])).toEqual({
    constants: { published: 3, fitted: 5, assumed: 7 },
  })
})

test('each quantity beyond the range is named with its value, and iterations without tokens do not count', () => {
  const wide = { ...model, hidden: 8192, topK: 1, weightBytes: 1 }
  const { extrapolated } = basisOf({ hardware, model: wide }, [iteration(0), iteration(16_385)])
  expect(extrapolated).toEqual([
    { quantity: 'tokens', value: 16_385, fitted: [1, 16_384] },
    { quantity: 'hidden', value: 8192, fitted: [2048, 7168] },
    { quantity: 'topK', value: 1, fitted: [2, 8] },
  ])
})

test('hardware that states nothing of its constants gives neither', async () => {
  const chip = await loadHardware(io, 'fse-dp-2x2')
  expect(basisOf({ hardware: chip, model }, [iteration(1)])).toEqual({})
})
