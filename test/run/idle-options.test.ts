// What a run says of options that change nothing in it, and that it says nothing of others.
import { describe, expect, it } from 'vitest'
import { bundledIo } from '../config/bundled-io.ts'
import { runCli } from '../helpers/run-cli.ts'

const MODEL = {
  ...{ layers: 2, hidden: 64, expert_intermediate: 32, experts: 8, top_k: 2 },
  ...{ weight_bytes: 1, activation_bytes: 1 },
}
const ONCE = { tokens: 8 }
const PROMPTS = { requests: 4, decode_steps: 0 }
const ANSWERS = { requests: 4, decode_steps: 3 }

/** The warnings of a run on four dies, each with a memory of its own that is large enough, or on others. */
async function warnings(schedulers: string[], workload: object, hardware: object = {}, changes: object = {}) {
  const experiment = {
    hardware: {
      topology: { kind: 'mesh', columns: 2, rows: 2 },
      link: { bandwidth: '20 GB/s', latency: '50 ns', sharing: 'fair' },
      compute: { model: 'ideal', peak: '1 TFLOP/s' },
      ...{ sram: 'unlimited', activations: 'sram' },
      memory: {
        ...{ kind: 'other', efficiency: 1, latency: '0 ns', bandwidth: '10 GB/s', capacity: '1 MB' },
        ...{ shared: false, ...hardware },
      },
    },
    generator: { prefill_tokens: 4, decode_tokens: 4 },
    ...{ model: MODEL, workload, schedulers, ...changes },
  }
  const io = bundledIo({ 'e.json': JSON.stringify(experiment) })
  const { stderr, exitCode } = await runCli(['run', 'e.json'], { io })
  expect(exitCode).toBe(0)
  return stderr.split('\n').flatMap((line) => /^warning: (.*)$/.exec(line)?.[1] ?? [])
}

describe('a run says which options change nothing in it, and why', () => {
  it.each<[scheduler: string, workload: object, why: string, named: string]>([
    [
      'ep:placement=prefill-remap',
      PROMPTS,
      'no iteration follows after a prefill to count over',
      'placement=prefill-remap changes',
    ],
    [
      'ep:copies=2,placement=prefill-dup',
      ONCE,
      'no iteration follows after a prefill to count over',
      'copies=2 and placement=prefill-dup change',
    ],
    [
      'ep:placement=balanced',
      PROMPTS,
      'the run takes all requests of its routing in one iteration',
      'placement=balanced changes',
    ],
    ['ep:launch=expert', ONCE, 'experts are launched one by one here anyway', 'launch=expert changes'],
    ['round-robin:offset=3', ONCE, '3 and 7 begin on the same of 4 dies', 'offset=3 changes'],
    ['forecast-prefetch:retain=false', PROMPTS, 'the run has nothing but prompts', 'retain=false changes'],
    [
      'forecast-prefetch:predictor=popularity',
      PROMPTS,
      'the run has nothing but prompts',
      'predictor=popularity changes',
    ],
    [
      'forecast-prefetch:ahead=2',
      ONCE,
      'the run has one iteration, and cross-token foretells from earlier ones',
      'ahead=2 changes',
    ],
    [
      'forecast-prefetch:ahead=2,predictor=none',
      ANSWERS,
      'predictor=none foretells nothing',
      'ahead=2 changes',
    ],
    ['allo-pred:predict=50', PROMPTS, 'the run has nothing but prompts', 'predict=50 changes'],
  ])('%s', async (scheduler, workload, why, named) => {
    const told = await warnings([scheduler], workload)
    expect(
      told.filter((line) => line.startsWith(`${scheduler}: `) && line.includes(why) && line.includes(named)),
    ).toHaveLength(1)
  })

  it.each<[scheduler: string, why: string]>([
    ['forecast-prefetch:retain=false', 'memory is shared, and holds every weight once'],
    ['forecast-prefetch:replicas=unlimited', 'memory is shared, and holds every weight once'],
  ])('%s where memory is shared', async (scheduler, why) => {
    expect((await warnings([scheduler], ANSWERS, { shared: true })).join()).toContain(why)
  })

  it('room for replicas where memory is unlimited', async () => {
    const told = await warnings(['forecast-prefetch:evict=benefit'], ANSWERS, { capacity: 'unlimited' })
    expect(told.join()).toContain(
      'memory is unlimited, and no replica ever has to leave, so evict=benefit changes nothing',
    )
  })

  it('a cap on moving experts in the first layer', async () => {
    const told = await warnings(['hydra:cap=2'], ANSWERS, {}, { layers: [0] })
    expect(told.join()).toContain(
      'experts stay at home in the first layer, which has none before it, so cap=2 changes nothing',
    )
    expect(await warnings(['hydra:cap=2'], ANSWERS)).toEqual([])
  })
})

describe('a run says nothing', () => {
  it('of options that it makes use of, nor of defaults', async () => {
    const used = ['ep:placement=prefill-dup', 'ep:placement=balanced', 'forecast-prefetch:retain=false']
    expect(await warnings(used, ANSWERS)).toEqual([])
    expect(await warnings(['forecast-prefetch', 'allo-pred', 'pred-only', 'ep-tiled'], PROMPTS)).toEqual([])
  })
})

describe('two schedulers of a run that come out alike', () => {
  it('are told, whatever the reason', async () => {
    const told = await warnings(['ep', 'ep:placement=prefill-remap'], PROMPTS)
    expect(told.at(-1)).toBe(
      'ep:placement=prefill-remap has the same numbers as ep: what differs in their options changes nothing in this run',
    )
    expect(await warnings(['ep', 'ep:prefetch=1'], ANSWERS)).toEqual([])
  })
})
