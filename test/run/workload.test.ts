// Which rows each iteration takes, for both kinds of workload.
import { describe, expect, test } from 'vitest'
import type { UserError } from '../../src/errors.ts'
import { buildWorkload } from '../../src/run/workload.ts'
import { routingOf } from '../helpers/routing.ts'

const shown = ({ iterations }: ReturnType<typeof buildWorkload>) =>
  iterations.map(({ phase, rows, requests }) => `${phase} rows ${rows.join(' ')} of ${requests.join(' ')}`)

const refusal = (build: () => unknown): UserError => {
  try {
    build()
  } catch (error) {
    return error as UserError
  }
  throw new Error('nothing was refused')
}

describe('tokens workload', () => {
  const source = routingOf({ requests: [[2, 1], [1, 3], [0, 2]] }) // biome-ignore format: one request each

  test('concatenates requests and takes the next tokens in each iteration', () => {
    expect(shown(buildWorkload({ kind: 'tokens', tokens: 2, iterations: 4 }, 'physical', source))).toEqual([
      'prefill rows 0 1 of 0 0',
      'mixed rows 2 3 of 0 1',
      'decode rows 4 5 of 1 1',
      'decode rows 6 7 of 1 2',
    ])
  })

  test('may take every token of the trace but not one more, because it never wraps around', () => {
    const nine = { kind: 'tokens', tokens: 9, iterations: 1 } as const
    expect(buildWorkload(nine, 'physical', source).iterations[0]?.rows).toHaveLength(9)
    const error = refusal(() => buildWorkload({ ...nine, tokens: 10 }, 'physical', source))
    expect(error.message).toBe(
      'one iteration of 10 tokens needs 10 tokens; available: 9; take fewer tokens or iterations, or give a longer trace',
    )
    expect(error.diagnostics[0]?.file).toBe('some.csv')
  })

  test('counts the tokens of all iterations and points a generator at its own setting', () => {
    const error = refusal(() =>
      buildWorkload({ kind: 'tokens', tokens: 4, iterations: 3 }, 'physical', {
        ...source,
        kind: 'generator',
      }),
    )
    expect(error.message).toContain('3 iterations of 4 tokens needs 12 tokens; available: 9')
    expect(error.message).toContain('let the generator make more')
  })

  test('takes equal parts of concurrent requests, and from the next one what an ending request leaves open', () => {
    const four = routingOf({ requests: [[4, 1], [0, 3], [2, 2], [4, 0]] }) // biome-ignore format: one request each
    const spec = { kind: 'tokens', tokens: 4, iterations: 4, concurrent: 2 } as const
    expect(shown(buildWorkload(spec, 'physical', four))).toEqual([
      'mixed rows 0 1 5 6 of 0 0 1 1',
      'mixed rows 2 3 7 8 of 0 0 1 2',
      'mixed rows 4 9 10 12 of 0 2 2 3',
      // Fewer requests than run at a time: they give more than their part.
      'mixed rows 11 13 14 15 of 2 3 3 3',
    ])
  })

  test('takes turns among more concurrent requests than tokens', () => {
    const four = routingOf({ requests: [[4, 1], [0, 3], [2, 2], [4, 0]] }) // biome-ignore format: one request each
    const spec = { kind: 'tokens', tokens: 2, iterations: 4, concurrent: 3 } as const
    expect(shown(buildWorkload(spec, 'physical', four))).toEqual([
      'mixed rows 0 5 of 0 1',
      'prefill rows 1 8 of 0 2',
      'mixed rows 6 9 of 1 2',
      'mixed rows 2 7 of 0 1',
    ])
  })

  test('with one request at a time is one request after the other', () => {
    const one = { kind: 'tokens', tokens: 2, iterations: 4, concurrent: 1 } as const
    const { concurrent: _, ...plain } = one
    expect(buildWorkload(one, 'physical', source)).toEqual(buildWorkload(plain, 'physical', source))
  })

  test('deals tokens one by one', () => {
    expect(buildWorkload({ kind: 'tokens', tokens: 1, iterations: 1 }, 'physical', source).spread).toBe(
      'tokens',
    )
  })
})

describe('requests workload', () => {
  const source = routingOf({ requests: [[2, 1], [1, 3], [3, 0]] }) // biome-ignore format: one request each
  const all = { kind: 'requests', requests: 3, decodeSteps: 'all' } as const

  test('runs all prefills together, then one decode token of every request that still has one', () => {
    expect(shown(buildWorkload(all, 'physical', source))).toEqual([
      'prefill rows 0 1 3 7 8 9 of 0 0 1 2 2 2',
      'decode rows 2 4 of 0 1',
      'decode rows 5 of 1',
      'decode rows 6 of 1',
    ])
  })

  test('takes only the first requests of the trace', () => {
    expect(shown(buildWorkload({ ...all, requests: 1 }, 'physical', source))).toEqual([
      'prefill rows 0 1 of 0 0',
      'decode rows 2 of 0',
    ])
  })

  test('leaves the prefill out when no request has any', () => {
    const decodeOnly = routingOf({ requests: [[0, 1]] })
    expect(shown(buildWorkload({ ...all, requests: 1 }, 'physical', decodeOnly))).toEqual([
      'decode rows 0 of 0',
    ])
  })

  test('stops after the decode steps asked for, which may be none', () => {
    expect(buildWorkload({ ...all, decodeSteps: 2 }, 'physical', source).iterations).toHaveLength(3)
    expect(buildWorkload({ ...all, decodeSteps: 0 }, 'physical', source).iterations).toHaveLength(1)
  })

  test('refuses more decode steps than the longest request has', () => {
    const error = refusal(() => buildWorkload({ ...all, decodeSteps: 4 }, 'physical', source))
    expect(error.message).toContain(
      'decoding 4 steps needs 4 decode tokens in one request; available: 3 in the longest',
    )
  })

  test('refuses more requests than the trace has', () => {
    const error = refusal(() => buildWorkload({ ...all, requests: 4 }, 'physical', source))
    expect(error.message).toContain('a batch of 4 requests needs 4 requests; available: 3')
    expect(error.message).toContain('--resample')
  })

  test('draws requests again where that is asked for, each place a request of its own', () => {
    const one = routingOf({ requests: [[1, 2]] })
    expect(shown(buildWorkload({ ...all, requests: 2, resampleSeed: 1 }, 'physical', one))).toEqual([
      'prefill rows 0 0 of 0 1',
      'decode rows 1 1 of 0 1',
      'decode rows 2 2 of 0 1',
    ])
    const more = { ...all, requests: 5, resampleSeed: 1 }
    expect(buildWorkload(more, 'physical', source).iterations[0]?.requests.at(-1)).toBe(4)
    expect(buildWorkload(more, 'physical', source)).toEqual(buildWorkload(more, 'physical', source))
  })

  test('a seed for drawing again changes nothing where the trace has enough requests', () => {
    expect(buildWorkload({ ...all, resampleSeed: 9 }, 'physical', source)).toEqual(
      buildWorkload(all, 'physical', source),
    )
  })

  test('refuses a workload without any iteration', () => {
    const decodeOnly = routingOf({ requests: [[0, 1]] })
    const error = refusal(() =>
      buildWorkload({ ...all, requests: 1, decodeSteps: 0 }, 'physical', decodeOnly),
    )
    expect(error.message).toContain('no decode steps are asked for')
  })

  test("stops after the prefill and 127 decode steps under the paper's rules, and only there", () => {
    const long = routingOf({ requests: [[1, 200]] })
    expect(buildWorkload({ ...all, requests: 1 }, 'paper', long).iterations).toHaveLength(128)
    expect(buildWorkload({ ...all, requests: 1 }, 'physical', long).iterations).toHaveLength(201)
  })

  test('deals whole requests', () => {
    expect(buildWorkload(all, 'physical', source).spread).toBe('requests')
  })
})
