// The optimum of a layer: worked out by hand, and held against every schedule of small ones.
import { beforeAll, describe, expect, it } from 'vitest'
import { packageOf } from '../../src/hardware/package.ts'
import type { HardwareSpec } from '../../src/hardware/spec.ts'
import { buildTopology } from '../../src/hardware/topology.ts'
import { expertBytes, flopPerToken } from '../../src/model/shape.ts'
import type { Held } from '../../src/optimum/holders.ts'
import { Optima } from '../../src/optimum/optimum.ts'
import { loadSolver, type Solve } from '../../src/optimum/solver.ts'
import { frameHardware, HIDDEN, tinyModel, workOf } from '../helpers/frames.ts'
import { bestOfAll } from './exhaustive.ts'

let solve: Solve
beforeAll(async () => {
  solve = await loadSolver()
})

/** Two dies with a memory each, of their own. Loads, hops and computes of a whole expert take 8, 2 and 1 ns. */
const twoDies = frameHardware(
  { load: 8, hop: 2, compute: 1, pieces: 1 },
  { topology: { kind: 'mesh', columns: 2, rows: 1, numbering: 'row-major' } },
)
const hardware = { ...twoDies, memory: { ...twoDies.memory, channelDies: [0, 1], shared: false } } as const
const topology = buildTopology(hardware.topology)

const heldBy = (home: (expert: number) => number): Held => ({
  slices: 1,
  inMemory: (expert, die) => (home(expert) === die ? 1 : 0),
  onDie: () => 0,
  isAnyOnDies: false,
})

function optimumOf(
  changes: Partial<HardwareSpec>,
  choices: readonly (readonly number[])[],
  held: Held,
  experts = 4,
) {
  const pkg = packageOf({
    hardware: { ...hardware, ...changes },
    model: tinyModel(experts, 1),
    compat: 'physical',
  })
  return new Optima(pkg, solve).find(workOf(choices, experts, topology), held)
}

/** One byte less is what proving takes off, see ROUNDING. */
const about = (ps: number) => [Math.floor(ps * (1 - 1e-8)), Math.ceil(ps)] as const
function expectAbout(found: number, ps: number): void {
  const [least, most] = about(ps)
  expect(found).toBeGreaterThanOrEqual(least)
  expect(found).toBeLessThanOrEqual(most)
}

describe('the optimum', () => {
  const choices = [[0], [1], [2], [0]]

  it('with weights anywhere is that of all channels together, with homes that of the fullest', () => {
    const { givenPs, freePs, memoryPs } = optimumOf(
      {},
      choices,
      heldBy((expert) => (expert < 2 ? 0 : 1)),
    )
    // Three experts of 8 ns over two channels; two of them behind the first.
    expectAbout(freePs, 12_000)
    expectAbout(givenPs, 16_000)
    expect(memoryPs / givenPs).toBeCloseTo(1, 6)
  })

  it('lets copies be read where there is time', () => {
    const copied: Held = {
      ...heldBy(() => 0),
      inMemory: (expert, die) => (die === 0 || expert === 2 ? 1 : 0),
    }
    // Experts 0 and 1 behind the first channel alone, expert 2 behind both.
    expectAbout(optimumOf({}, choices, copied).givenPs, 16_000)
    const all: Held = { ...copied, inMemory: () => 1 }
    expectAbout(optimumOf({}, choices, all).givenPs, 12_000)
  })

  it('begins with the latency of the first read, after a look-up in vain', () => {
    const memory = { ...hardware.memory, latencyPs: 700 }
    const llc = { capacityBytes: 1e6, ways: 2, hitPs: 10, missPs: 40, writePs: 10 }
    expectAbout(
      optimumOf(
        { memory, llc },
        choices,
        heldBy(() => 0),
      ).givenPs,
      24_740,
    )
  })

  it('counts what is on dies as neither read nor waited for', () => {
    const memory = { ...hardware.memory, latencyPs: 700 }
    const here: Held = {
      ...heldBy(() => 0),
      onDie: (expert, die) => (expert === 0 && die === 0 ? 1 : 0),
      isAnyOnDies: true,
    }
    expectAbout(optimumOf({ memory }, choices, here).givenPs, 16_700)
  })

  it('streams activations through the channels of the dies that compute', () => {
    const { givenPs } = optimumOf(
      { activations: 'memory' },
      choices,
      heldBy((expert) => (expert < 2 ? 0 : 1)),
    )
    // Four pairs of 288 B. The first channel has 16 ns to read, the second 8: all of them are best computed there.
    const bytesPerPs = expertBytes(tinyModel(4, 1)) / 8000
    expectAbout(givenPs, 16_000)
    const { givenPs: even } = optimumOf(
      { activations: 'memory' },
      choices,
      heldBy((expert) => expert % 2),
    )
    expect(even).toBeLessThanOrEqual(16_000 + (4 * 3 * (HIDDEN + 32)) / bytesPerPs)
  })

  it('is compute where that binds, at the best share for as many tokens as an expert has', () => {
    const many = Array.from({ length: 64 }, (_, token) => [token % 2])
    const flopPerPs = flopPerToken(tinyModel(4, 1)) / 1000
    const utilization = [
      { upTo: 16, value: 0.5 },
      { upTo: 40, value: 0.25 },
      { upTo: Infinity, value: 1 },
    ]
    const { givenPs, computePs } = optimumOf(
      { compute: { kind: 'table', flopPerPs, utilization } },
      many,
      heldBy((expert) => expert),
    )
    // 64 pairs of 1 ns at half the rate on two dies.
    expectAbout(givenPs, 64_000)
    expect(computePs / givenPs).toBeCloseTo(1, 6)
  })

  it('is links where they bind: weights in or tokens in, whichever is less', () => {
    const slow = { ...hardware.link, bytesPerPs: hardware.link.bytesPerPs / 1000 }
    const many = Array.from({ length: 8 }, () => [0])
    const { givenPs, linkPs, computePs, memoryPs } = optimumOf(
      { link: slow, compute: { kind: 'ideal', flopPerPs: 1e6 } },
      many,
      heldBy(() => 0),
    )
    // Four tokens of 64 B rest on the other die; an expert is 6144 B and takes 2,000 ns. A thin slice may go the other way meanwhile.
    const tokensPs = (2_000_000 * 4 * HIDDEN) / expertBytes(tinyModel(4, 1))
    expect(givenPs).toBeLessThanOrEqual(tokensPs)
    expect(givenPs).toBeGreaterThan(0.9 * tokensPs)
    expect(linkPs / givenPs).toBeCloseTo(1, 6)
    expect(computePs + memoryPs).toBeCloseTo(0, 6)
  })

  it('is the same for schedulers that hold the same, and solved once', () => {
    let solved = 0
    const counted: Solve = (program) => {
      solved++
      return solve(program)
    }
    const pkg = packageOf({ hardware, model: tinyModel(4, 1), compat: 'physical' })
    const optima = new Optima(pkg, counted)
    const work = workOf(choices, 4, topology)
    const first = optima.find(
      work,
      heldBy(() => 0),
    )
    expect(
      optima.find(
        work,
        heldBy(() => 0),
      ),
    ).toBe(first)
    expect(solved).toBe(2)
  })
})

describe('against every schedule of a small layer', () => {
  const link = (factor: number) => ({
    link: { ...hardware.link, bytesPerPs: hardware.link.bytesPerPs * factor },
  })
  const cases = [
    { name: 'memory binds', changes: {}, choices: [[0], [1], [2], [0]], slices: 1 },
    {
      name: 'compute binds',
      changes: { compute: { kind: 'ideal', flopPerPs: 2 } as const },
      choices: [[0], [0], [0], [1]],
      slices: 1,
    },
    {
      name: 'compute binds, in slices',
      changes: { compute: { kind: 'ideal', flopPerPs: 2 } as const },
      choices: [[0], [0], [0], [1]],
      slices: 2,
    },
    { name: 'slow links', changes: link(1 / 64), choices: [[0], [1], [0], [1]], slices: 1 },
    {
      name: 'activations in memory',
      changes: { activations: 'memory' as const },
      choices: [[0], [1], [2], [0]],
      slices: 1,
    },
  ]

  it.each(cases)('is never above the best, and near it: $name', ({ changes, choices, slices }) => {
    const model = tinyModel(4, slices)
    const home = (expert: number) => (expert === 0 ? 0 : 1)
    const one = {
      hardware: { ...hardware, ...changes },
      model,
      work: workOf(choices, 4, topology),
      slices,
      home,
    }
    const { ps, machine } = bestOfAll(one)
    const pkg = packageOf({ hardware: one.hardware, model, compat: 'physical' })
    const { givenPs } = new Optima(pkg, solve).find(one.work, machine.holdings.held)
    expect(givenPs).toBeLessThanOrEqual(ps)
    expect((ps / givenPs).toFixed(3)).toMatchSnapshot('best of all schedules over the optimum')
  })
})
