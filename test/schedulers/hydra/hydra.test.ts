// Hydra: the worked example X4, what it foresees in a whole run, and what relocation costs.
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { buildTopology } from '../../../src/hardware/topology.ts'
import { expertBytes } from '../../../src/model/shape.ts'
import { expertTokens } from '../../../src/schedulers/work.ts'
import { type Frames, frameHardware, HIDDEN, NS, runLayer, tinyModel, workOf } from '../../helpers/frames.ts'
import { madeUp } from '../machines.ts'
import { modelOf, runWorks, worksOf } from '../stories.ts'

const mesh = buildTopology({ kind: 'mesh', columns: 2, rows: 2, numbering: 'row-major' })
const computesOf = (spans: ReturnType<typeof runLayer>['spans']) => spans.filter((s) => s.kind === 'compute')

describe('the worked example X4', () => {
  // Loads take 32 frames of 1 ns, a token one hop away 2, a token in an expert 12. Two tokens rest on each die.
  const frames: Frames = { load: 32, hop: 2, compute: 12, pieces: 1, hopUnit: 'token' }
  // Experts of tokens 1 to 8. The reference's owners are E1 c00, E2 c01, E4 c10, E3 c11: ids 0, 1, 2 and 3 in die order.
  const [E1, E2, E4, E3] = [0, 1, 2, 3]
  const work = workOf([[E1], [E1], [E1, E2], [E2], [E1, E3], [E3], [E3], [E4]], 4, mesh)
  const run = (scheduler: string) => runLayer(scheduler, frameHardware(frames), tinyModel(4, 1), work)

  it('puts E1 on c00, E2 on c01, E3 on c10 and E4 on c11, as the reference does', () => {
    const dies = Object.fromEntries(
      computesOf(run('hydra:predictor=oracle').spans).map((s) => [s.expert, s.die]),
    )
    expect(dies).toEqual({ [E1]: 0, [E2]: 1, [E3]: 2, [E4]: 3 })
  })

  it('moves three tokens against five of expert parallelism', () => {
    const moved = (scheduler: string) => run(scheduler).machine.traffic.linkBytes / HIDDEN
    expect(moved('hydra:predictor=oracle')).toBe(3)
    expect(moved('ep')).toBe(5)
  })

  it('computes every token, the lone one of E4 too', () => {
    const tokens = computesOf(run('hydra:predictor=oracle').spans).map((s) => [s.expert, s.tokens])
    expect(Object.fromEntries(tokens)).toEqual({ [E1]: 4, [E2]: 2, [E3]: 3, [E4]: 1 })
    expect(tokens).toHaveLength(4)
  })

  it('ends at 80 ns, with E1 critical, as EP does: the reference says frame 84', () => {
    // Load 32 and four tokens of 12. The reference starts in frame 1, gathers T5 and T3 only when the weights are there
    // (frames 33 to 35, computing 36 to 83), and declares the end one frame after the last compute. Ours gathers meanwhile.
    const hydra = run('hydra:predictor=oracle')
    expect(hydra.lastComputePs).toBe((32 + 4 * 12) * NS)
    expect(run('ep').lastComputePs).toBe(hydra.lastComputePs)
    // The same busy time: 120 frames, of which the reference's utilization is 120 / (4 * 84).
    const busyPs = computesOf(hydra.spans).reduce((sum, { startPs, endPs }) => sum + endPs - startPs, 0)
    expect(busyPs).toBe(120 * NS)
  })
})

describe('hydra', () => {
  const story = { experts: 8, topK: 2, requests: 4, prefill: 6, decode: 3, skew: 1, seed: 5 }
  const shared = madeUp.find(({ name }) => name === 'shared-2x2')!
  const topology = buildTopology(shared.topology)
  const works = worksOf(story, topology)
  const model = modelOf(story)

  it('without knowledge of a layer before does what ep does', () => {
    const work = workOf([[0], [5], [0], [1], [3], [0], [0], [4]], 8, topology)
    const ofEp = runLayer('ep', shared, tinyModel(8, 1), work)
    const ofHydra = runLayer('hydra', shared, tinyModel(8, 1), work)
    expect(ofHydra.spans).toEqual(ofEp.spans)
  })

  it('relocates by what the layer before foretells: the stories’ tokens follow their choice there exactly', () => {
    // In the layer before, every token chose the next higher experts, so the profile knows each expert's successor, if
    // not which of two. Its token-hops lie between those of the truth and those of staying at home.
    const byteHops = (name: string) => runWorks(name, shared, model, works).machine.traffic.linkByteHops
    expect(byteHops('hydra:predictor=oracle,cap=64')).toBeLessThan(byteHops('hydra:cap=64'))
    expect(byteHops('hydra:cap=64')).toBeLessThan(byteHops('ep'))
  })

  it('reads a relocated expert from its home where a weight has one, and where memory is shared through any channel or its own', () => {
    const own = { ...shared, memory: { ...shared.memory, shared: false } }
    const slow = { kind: 'ideal' as const, flopPerPs: 1e-9 }
    const remote = (hardware: typeof shared, options = '') =>
      runWorks(`hydra:predictor=oracle,cap=1${options}`, hardware, model, works).machine.traffic
        .weightReadRemoteBytes
    expect(remote(shared, ',channels=own')).toBe(0)
    expect(remote(shared)).toBeGreaterThan(0)
    expect(remote({ ...own, compute: slow })).toBeGreaterThan(0)
    expect(remote({ ...own, compute: slow }) % expertBytes(model)).toBe(0)
    // A few tokens are a shorter way than the weights, unless a die has too much to compute.
    expect(remote(own)).toBe(0)
  })

  it.each([0, 1, 2])('with prefetch %d holds at most that many pieces and one more on a die', (prefetch) => {
    const crowded = worksOf({ ...story, requests: 12 }, topology)
    const { machine, spans } = runWorks(`hydra:prefetch=${prefetch}`, shared, model, crowded)
    const held = spans.flat().filter(({ kind }) => kind === 'reserve')
    for (const { die, startPs } of held) {
      const beside = held.filter((s) => s.die === die && s.startPs <= startPs && startPs < s.endPs)
      expect(beside.length).toBeLessThanOrEqual(prefetch + 1)
    }
    expect(machine.traffic.weightReadBytes % expertBytes(model)).toBe(0)
  })

  it('sends results back where asked to: as many bytes again', () => {
    const bytes = (id: string) => runWorks(id, shared, model, works).machine.traffic.linkByteHops
    expect(bytes('hydra:channels=own,combine=true')).toBe(2 * bytes('hydra:channels=own'))
  })

  it('never leaves out an expert with a single token', () => {
    const { spans } = runWorks('hydra', shared, model, works)
    // Of the last decode step, four tokens with two experts each, some expert has one token.
    expect(works.at(-1)!.activeExperts.some((expert) => expertTokens(works.at(-1)!, expert) === 1)).toBe(true)
    works.forEach((work, i) => {
      const computed = computesOf(spans[i]!)
      expect(computed.map(({ expert }) => expert).sort((a, b) => a - b)).toEqual(work.activeExperts)
      for (const { expert, tokens } of computed) expect(tokens).toBe(expertTokens(work, expert))
    })
  })

  it('under compat: paper asks for everything at once, like ep', () => {
    const paper = (name: string) => runWorks(name, shared, model, works, topology, 'paper').machine
    expect(paper('hydra').slices).toBe(3)
    expect(paper('hydra').traffic.weightReadBytes).toBe(paper('ep').traffic.weightReadBytes)
  })

  it('is refused where memory or SRAM cannot hold what it needs', () => {
    const tight = { ...shared, memory: { ...shared.memory, capacityBytes: expertBytes(model) } }
    expect(() => runWorks('hydra', tight, model, works)).toThrow(UserError)
    expect(() => runWorks('hydra', { ...shared, sramBytes: 1 }, model, works)).toThrow(UserError)
  })
})
