// end_to_end and concurrent requests: from files and flags to the experiment, and into its hash.
import { describe, expect, test } from 'vitest'
import { canonicalExperiment } from '../../../src/config/canonical.ts'
import type { ExperimentFlags } from '../../../src/config/flags.ts'
import { loadExperiment } from '../../../src/config/load.ts'
import { describe as describeFinding } from '../../../src/errors.ts'
import { bundledIo } from '../bundled-io.ts'

const FILE = `hardware: fse-dp-2x2
model: deepseek-moe-16b
generator: {prefill_tokens: 60, decode_tokens: 40}
workload: {tokens: 64, iterations: 25, concurrent: 8}
end_to_end: {context: 1024}
schedulers: [ep, "fse-dp:buffering=20"]
`
const load = async (flags: ExperimentFlags = {}, sets: readonly string[] = [], file = FILE) =>
  (await loadExperiment(bundledIo({ 'e.yaml': file }), { file: 'e.yaml', flags, sets })).experiment

describe('end_to_end', () => {
  test('is part of the experiment and of what its hash is made from, where it is given', async () => {
    const experiment = await load()
    expect(experiment.endToEnd).toEqual({ contextTokens: 1024 })
    expect(canonicalExperiment(experiment)).toMatchObject({ endToEnd: { contextTokens: 1024 } })
    const alone = await load({ schedulers: ['ep'] }, [], FILE.replace(/end_to_end.*\n/, ''))
    expect(alone.endToEnd).toBeUndefined()
    expect(canonicalExperiment(alone)).not.toHaveProperty('endToEnd')
  })

  test('warns of what it leaves out of a model, and says why attention is missing', async () => {
    const config = {
      model_type: 'qwen3_moe',
      num_hidden_layers: 4,
      hidden_size: 64,
      num_attention_heads: 4,
      moe_intermediate_size: 32,
      num_experts: 8,
      num_experts_per_tok: 2,
      layer_types: ['sliding_attention', 'full_attention', 'full_attention', 'full_attention'],
    }
    const loadWith = (more: object) => {
      const files = {
        'e.yaml': FILE.replace('deepseek-moe-16b', 'm.json'),
        'm.json': JSON.stringify({ ...config, ...more }),
      }
      return loadExperiment(bundledIo(files), { file: 'e.yaml', flags: {}, sets: [] })
    }
    const { warnings } = await loadWith({})
    expect(warnings.map(describeFinding)).toContain(
      'm has sliding windows, which an end-to-end run leaves out; attention is as its keys say, over the whole context',
    )
    await expect(loadWith({ model_type: 'qwen3_next' })).rejects.toThrow(
      /needs "attention".*the model has linear attention/,
    )
    const { warnings: none } = await loadWith({ layer_types: null })
    expect(none).toEqual([])
  })

  test('can be set on the command line', async () => {
    expect((await load({}, ['end_to_end.context=64'])).endToEnd).toEqual({ contextTokens: 64 })
  })
})

describe('requests at a time', () => {
  test('stay as the file has them where a flag changes the tokens', async () => {
    const { workload } = await load({ tokens: '256', iterations: '3' })
    expect(workload).toEqual({ kind: 'tokens', tokens: 256, iterations: 3, concurrent: 8 })
    const { workload: lockStep } = await load({ requests: '4' })
    expect(lockStep).toEqual({ kind: 'requests', requests: 4, decodeSteps: 'all' })
  })

  test('have as many requests generated as are under way when the last one starts', async () => {
    const requests = async (sets: readonly string[]) => {
      const { routing } = await load({}, sets)
      return routing.kind === 'generator' ? routing.spec.requests : undefined
    }
    // 25 x 64 tokens in requests of 100.
    expect(await requests([])).toBe(16 + 7)
    expect(await requests(['workload.concurrent=1'])).toBe(16)
    expect(await requests(['generator.requests=16'])).toBe(16)
  })
})
