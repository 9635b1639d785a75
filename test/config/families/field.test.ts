// Configs of the kinds people have, where ../shared/field lies beside the checkout: each as its README says.
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { openFile } from '../../../src/config/library.ts'
import { loadExperiment } from '../../../src/config/load.ts'
import { readModelDocument } from '../../../src/config/model/model.ts'
import type { ModelShape } from '../../../src/model/shape.ts'

const FIELD = process.env.MOESIM_FIELD ?? '../shared/field'
const FP8_TILES = 1 + 4 / (128 * 128)

describe('configs of ../shared/field', () => {
  const pathOf = (file: string, skip: (note: string) => void) => {
    if (!existsSync(FIELD)) skip(`no ${FIELD}: set MOESIM_FIELD to a folder that has it`)
    return `${FIELD}/${file}`
  }
  const resolved = async (file: string, skip: (note: string) => void) => {
    const path = pathOf(file, skip)
    return readModelDocument(await openFile(nodeIo, path), path).model
  }

  test.for<[string, number, number | undefined]>([
    ['nvfp4-sidecar/config.json', 0.5625, undefined],
    ['q-mlx.json', 0.5625, undefined],
    ['q-ct-ignore.json', 0.5625, 2],
    ['q-awq.json', 0.51953125, undefined],
    ['q-bnb.json', 0.5625, undefined],
    ['q-fp8.json', FP8_TILES, undefined],
    ['q-fbgemm.json', 1, 1 + 1 / 48],
    ['q-gguf-name.json', 2, undefined],
    ['q-modelopt-fp8.json', 1, undefined],
    ['q-modelopt-nvfp4.json', 0.5625, 2],
    ['q-quark.json', 0.53125, undefined],
    ['q-torchao.json', 0.53125, undefined],
  ])('%s has %d bytes a weight', async ([file, bytes, dense], { skip }) => {
    const { weightBytes, denseWeightBytes } = await resolved(file, skip)
    expect([weightBytes, denseWeightBytes]).toEqual([bytes, dense])
  })

  test('an end-to-end run counts attention that is not quantized with its 16 bits', async ({ skip }) => {
    const file = pathOf('e2e-ignore.yaml', skip)
    const { experiment } = await loadExperiment(nodeIo, { file, flags: {}, sets: [] })
    expect(experiment.model).toMatchObject({ weightBytes: 0.5625, denseWeightBytes: 2 })
  })

  test.for<[string, Partial<ModelShape>, number]>([
    ['dots1.json', { experts: 128, topK: 6, expertIntermediate: 1408, sharedExperts: 2, hidden: 4096 }, 61],
    ['dots1-as-deepseek.json', { experts: 128, topK: 6, expertIntermediate: 1408, sharedExperts: 2 }, 61],
    ['ernie45.json', { experts: 64, topK: 6, expertIntermediate: 1536, sharedExperts: 2, hidden: 2560 }, 27],
    ['granite4.json', { experts: 72, topK: 10, expertIntermediate: 768, sharedExperts: 2, hidden: 4096 }, 40],
    ['hunyuan.json', { experts: 64, topK: 8, expertIntermediate: 3072, sharedExperts: 1, hidden: 4096 }, 32],
    ['jamba.json', { experts: 16, topK: 2, expertIntermediate: 14336, hidden: 4096 }, 16],
    ['dbrx.json', { experts: 16, topK: 4, expertIntermediate: 10752, hidden: 6144 }, 40],
  ])('%s is read by its own family', async ([file, shape, moeLayers], { skip }) => {
    const model = await resolved(file, skip)
    expect(model).toMatchObject({ ...shape, name: file.replace('.json', '') })
    expect(model.moeLayers).toHaveLength(moeLayers)
  })
})
