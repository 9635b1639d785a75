// What is warned of in traces and counts whose rows are each right, and what is not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TraceExpectation } from '../../../src/trace/expectation.ts'
import { readTrace } from '../../../src/trace/open.ts'
import { warningsOfTrace } from '../../../src/trace/summary.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { runCli } from '../../helpers/run-cli.ts'

const model = (topK: number, rest: Partial<TraceExpectation> = {}): TraceExpectation => ({
  ...{ model: 'm8', experts: 8, topK, moeLayers: [0, 1], ...rest },
})

/** `rows`: by token and layer, `3 1` of a request whose first `prompt` tokens are its prompt. */
async function warned(rows: readonly (readonly string[])[], prompt: number, expectation: TraceExpectation) {
  const lines = rows.flatMap((layers, token) =>
    layers.map((ids, layer) => `0,${token},${token < prompt ? 'prefill' : 'decode'},${layer},${ids}\n`),
  )
  const io = memoryIo({ 't.csv': `request,token,phase,layer,experts\n${lines.join('')}` })
  return warningsOfTrace(await readTrace(io, 't.csv', expectation), expectation)
}
/** `requests`: rows of each, as above. */
async function warnedOfRequests(
  requests: readonly (readonly (readonly string[])[])[],
  expectation: TraceExpectation,
) {
  const lines = requests.flatMap((rows, r) =>
    rows.flatMap((layers, token) =>
      layers.map((ids, layer) => `r${r},${token},${token === 0 ? 'prefill' : 'decode'},${layer},${ids}\n`),
    ),
  )
  const io = memoryIo({ 't.csv': `request,token,phase,layer,experts\n${lines.join('')}` })
  return warningsOfTrace(await readTrace(io, 't.csv', expectation), expectation)
}
async function warnedOfCounts(counts: readonly (readonly number[])[]) {
  const io = memoryIo({ 'c.json': JSON.stringify({ logical_count: counts }) })
  const expectation = model(2, { moeLayers: counts.map((_, layer) => layer), experts: counts[0]!.length })
  return warningsOfTrace(await readTrace(io, 'c.json', expectation), expectation)
}

const renumbered = (text: string, every: number, from: number) =>
  text.replaceAll(/\d+/g, (expert) => String(from + every * Number(expert)))

/** Tokens whose choices differ, from token to token and layer to layer. */
const mixed = (tokens: number, topK: number, first = 0, experts = 8) =>
  Array.from({ length: tokens }, (_, t) =>
    [0, 1].map((layer) =>
      Array.from(
        { length: topK },
        (_, k) => first + ((t * (layer + 2) + k * 3 + layer) % (experts - first)),
      ).join(' '),
    ),
  )

describe('tokens', () => {
  test('prompt rows all on expert 0 are named, where the router picks one expert', async () => {
    const rows = [
      ['0', '0'],
      ['0', '0'],
      ['0', '0'],
      ['3', '1'],
      ['2', '5'],
    ]
    expect(await warned(rows, 3, model(1))).toEqual([
      'rows 0-2 of request "0", all of them of the prompt, are on expert 0 in every layer: did the recorder fill them with zeros?',
    ])
    expect(
      await warned(
        [
          ['0', '0'],
          ['3', '1'],
          ['0', '4'],
          ['0', '0'],
        ],
        3,
        model(1),
      ),
    ).toEqual([])
  })

  test('of several such runs the longest is named, and all their rows are counted, each once', async () => {
    const zero = (rows: number) => Array.from({ length: rows }, () => ['0', '0'])
    const other = [
      ['3', '1'],
      ['5', '2'],
    ]
    expect(await warned([...zero(5), ...other, ...zero(7), ...other], 2, model(1))).toEqual([
      'rows 7-13 of request "0" are on expert 0 in every layer (12 such rows in all): did the recorder fill them with zeros?',
    ])
    expect(await warned([...zero(6), ...other], 6, model(1))).toEqual([
      'rows 0-5 of request "0", all of them of the prompt, are on expert 0 in every layer: did the recorder fill them with zeros?',
    ])
  })

  test('rows on the first experts alone are, where the router picks several: the choice of scores that are all zero', async () => {
    const odd = mixed(4, 2)
    // In any order, and behind rows that were recorded as well.
    expect(await warned([...odd, ['0 1', '1 0'], ['0 1', '0 1'], ...odd], 2, model(2))).toEqual([
      'rows 4-5 of request "0" are on experts 0-1 in every layer, which are the top-2 of logits that are all zero: were these rows recorded?',
    ])
    expect(await warned([['0 1', '0 1'], ['1 0', '0 1'], ...odd], 2, model(2))).toEqual([
      expect.stringMatching(/^rows 0-1 of request "0", all of them of the prompt, are on experts 0-1/),
    ])
    // Once is chance, and so is what is alike in one of the layers.
    expect(await warned([...odd, ['0 1', '0 1'], ...odd], 2, model(2))).toEqual([])
    expect(await warned([...odd, ['0 1', '0 2'], ['0 1', '1 2'], ...odd], 2, model(2))).toEqual([])
    // Where a token chooses all experts there is nothing to wonder about.
    const all = Array.from({ length: 9 }, () => ['0 1', '1 0'])
    expect(await warned(all, 2, model(2, { experts: 2 }))).toEqual([])
  })

  test('experts of one block alone are, over enough tokens', async () => {
    expect(await warned(mixed(40, 2, 0, 4), 3, model(2))).toEqual([
      'only experts 0-3 are ever chosen, a block the size of a rank, 4-7 have none in any layer: was it recorded with a model of 4 experts, where m8 has 8, or on one rank?',
    ])
    expect(await warned(mixed(7, 2, 0, 4), 3, model(2))).toEqual([])
    // Experts 0 to 4 are no block.
    expect(await warned(mixed(40, 2, 0, 5), 3, model(2))).toEqual([])
  })

  test('experts that are dealt to one rank in turn are, over enough tokens, if all of them are chosen', async () => {
    const dealt = (tokens: number, every: number, from: number) =>
      mixed(tokens, 2, 0, 8 / every).map((row) => row.map((text) => renumbered(text, every, from)))
    expect(await warned(dealt(40, 2, 1), 3, model(2))).toEqual([
      'only experts 1, 3 and so on, one of every 2, are ever chosen, the others in no layer, as of a rank that experts are dealt to in turn: was it recorded on one rank of 2?',
    ])
    expect(await warned(dealt(7, 2, 1), 3, model(2))).toEqual([])
    // One of them is missing, or one more is there.
    const three = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? ['0 2', '2 4'] : ['4 0', '2 0']))
    expect(await warned(three, 3, model(2))).toEqual([])
    expect(await warned([...dealt(40, 2, 0), ['1 2', '3 4']], 3, model(2))).toEqual([])
  })

  test('a token that uses more groups than the router allows is named with request and layer', async () => {
    const router = { groups: 4, groupsPerToken: 1 }
    expect(
      await warned(
        [
          ['0 7', '3 2'],
          ['4 5', '1 2'],
        ],
        2,
        model(2, { router }),
      ),
    ).toEqual([
      'token 0 of request "0" uses 2 groups of experts in layer 0, the router of m8 allows 1 (2 rows do so in all): was it recorded with another model, or with experts renumbered?',
    ])
    expect(
      await warned(
        [
          ['0 1', '3 2'],
          ['4 5', '6 7'],
        ],
        2,
        model(2, { router }),
      ),
    ).toEqual([])
  })

  test('layers that are all alike are, unless every token chooses alike anyway', async () => {
    const alike = mixed(6, 2).map(([first]) => [first!, first!])
    expect(await warned(alike, 3, model(2))).toEqual([
      'all 2 layers have the same experts for every token: was one layer recorded 2 times?',
    ])
    expect(await warned(mixed(6, 2), 3, model(2))).toEqual([])
    const same = Array.from({ length: 3 }, () => ['2 5', '2 5'])
    expect(await warned(same, 3, model(2))).toEqual([])
  })

  test('tokens that all choose the same experts are, in whichever order, unless they are few or choose all', async () => {
    const same = (tokens: number, row: readonly string[]) => Array.from({ length: tokens }, () => row)
    const text = (tokens: number) =>
      `all ${tokens} tokens choose the same experts in every layer: was one token recorded ${tokens} times?`
    expect(await warned([...same(3, ['2 5', '7 1']), ['5 2', '1 7']], 2, model(2))).toEqual([text(4)])
    expect(await warned(same(3, ['2 5', '7 1']), 2, model(2))).toEqual([])
    expect(await warned(same(3, ['2 5', '7 1']).concat([['2 5', '7 3']]), 2, model(2))).toEqual([])
    expect(await warned(same(90, ['1 0', '1 0']), 2, model(2, { experts: 2 }))).toEqual([])
    // One of 8 in a layer are 3 bits.
    const oneLayer = model(1, { moeLayers: [0] })
    expect(await warned(same(7, ['3']), 2, oneLayer)).toEqual([text(7)])
    expect(await warned(same(6, ['3']), 2, oneLayer)).toEqual([])
    // Once for all, however long its rows are.
    const wide = model(8, { experts: 64 })
    const row = ['0 2 4 6 8 10 12 14', '1 3 5 7 9 11 13 40']
    expect(await warned(same(9, row), 3, wide)).toEqual([text(9)])
  })

  test('layers in which all tokens choose the same experts are named, over enough tokens', async () => {
    const dead = (tokens: number) => mixed(tokens, 2).map(([first]) => [first!, '6 3', '1 2'])
    const three = model(2, { moeLayers: [0, 1, 2] })
    const one = (tokens: number) => dead(tokens).map(([first, second]) => [first!, second!, first!])
    expect(await warned(one(64), 3, three)).toEqual([
      'all 64 tokens choose the same experts (6 3) in layer 1: was that layer recorded?',
    ])
    expect(await warned(dead(64), 3, three)).toEqual([
      'all 64 tokens choose the same experts in each of 2 layers (1, 2): were these layers recorded?',
    ])
    expect(await warned(one(63), 3, three)).toEqual([])
  })

  test('requests that all choose alike are, from first to last, unless one differs or their rows are few', async () => {
    const rows = mixed(7, 2)
    const requests = (...lists: (typeof rows)[]) => warnedOfRequests(lists, model(2))
    expect(await requests(rows, rows, rows)).toEqual([
      'all 3 requests, "r0" to "r2", choose the same experts in each of their 7 rows: was one request recorded 3 times?',
    ])
    expect(await requests(rows)).toEqual([])
    expect(await requests(rows, rows.slice(1))).toEqual([])
    expect(await requests(rows, rows.slice(0, 6))).toEqual([])
    expect(await requests(rows, rows.with(6, ['0 1', '6 7']), rows)).toEqual([])
    // Two of 8 in each of two layers are 9.6 bits a row.
    expect(await requests(rows, rows)).toHaveLength(1)
    expect(await requests(rows.slice(1), rows.slice(1))).toEqual([])
    expect(await requests(rows.slice(4), rows.slice(4), rows.slice(4))).toEqual([])
  })

  test('numbers that begin with one, or are one too low, are', async () => {
    const from1 = mixed(40, 2, 1)
    expect(await warned(from1, 3, model(2))).toEqual([
      expect.stringMatching(/^expert 0 is never chosen .* begin with 1\?$/),
    ])
    expect(await warned(mixed(40, 2, 0, 7), 3, model(2))).toEqual([
      expect.stringMatching(/^expert 7, the last one, is never chosen/),
    ])
    // Of so few tokens it is chance.
    expect(await warned(from1.slice(0, 8), 3, model(2))).toEqual([])
    expect(await warned(mixed(40, 2), 3, model(2))).toEqual([])
  })
})

describe('counts', () => {
  test.each([
    [
      [
        [0, 9, 0, 7, 0, 5, 0, 7],
        [0, 1, 0, 30, 0, 4, 0, 2],
      ],
      /^only experts 1, 3 and so on, one of every 2, .* one rank of 2\?/,
    ],
    [
      [
        [5, 9, 40, 7, 0, 0, 0, 0],
        [9, 1, 3, 30, 0, 0, 0, 0],
      ],
      /^only experts 0-3 .* rank, 4-7 have none .* one rank of 2\?/,
    ],
    [
      [
        [0, 0, 50, 7, 0, 0, 0, 0],
        [0, 0, 3, 30, 0, 0, 0, 0],
      ],
      /^only experts 2-3 .* 0-1 and 4-7 have none .* of 4\?/,
    ],
    [
      [
        [9, 8, 40, 7],
        [9, 8, 40, 7],
      ],
      /^all 2 layers have the same counts/,
    ],
    [
      [
        [0, 8, 40, 7],
        [0, 20, 14, 7],
      ],
      /^expert 0 is never chosen/,
    ],
    [
      [
        [0, 64, 0, 64, 0, 0, 0, 0],
        [0, 0, 64, 0, 0, 0, 64, 0],
      ],
      /^all 64 tokens choose the same experts in every layer/,
    ],
    [
      [
        [9, 8, 7, 50, 20, 14, 11, 9],
        [0, 0, 64, 0, 0, 0, 64, 0],
      ],
      /^all 64 tokens choose the same experts \(2 6\) in layer 1: was/,
    ],
  ])('%j are warned of', async (counts, message) => {
    expect(await warnedOfCounts(counts)).toEqual([expect.stringMatching(message)])
  })

  test.each([
    [
      [
        [5, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 1, 1, 1],
      ],
    ],
    [
      [
        [8, 1, 5, 1, 2, 3, 2, 2],
        [1, 1, 1, 1, 1, 1, 1, 1],
      ],
    ],
    [
      [
        [4, 4, 4, 4],
        [4, 4, 4, 4],
      ],
    ],
    // Few tokens, unequal counts, and every expert that there is.
    [
      [
        [9, 8, 7, 50, 20, 14, 11, 9],
        [0, 0, 63, 0, 0, 0, 63, 0],
        [0, 0, 65, 0, 0, 0, 64, 0],
      ],
    ],
    [
      [
        [64, 64],
        [64, 64],
      ],
    ],
    [
      [
        [50, 7, 0, 9, 8, 7, 0, 8],
        [20, 8, 7, 7, 7, 7, 0, 8],
      ],
    ],
  ])('%j are not', async (counts) => {
    expect(await warnedOfCounts(counts)).toEqual([])
  })
})

test.each([1e308, 2 ** 54])('a count of %d is refused: sums of such counts are no numbers', async (count) => {
  await expect(
    warnedOfCounts([
      [count, count],
      [1, 1],
    ]),
  ).rejects.toThrow('nobody has counted')
})

test('a run on odd counts says so, each file once, and runs; so does trace info', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moesim-odd-'))
  try {
    const counts = join(folder, 'c.json')
    writeFileSync(counts, JSON.stringify({ logical_count: [[30, 30, 0, 0, 0, 0, 0, 0]] }))
    const shape = { layers: 1, hidden: 64, expert_intermediate: 32, experts: 8, top_k: 2 }
    const own = join(folder, 'm8.json')
    writeFileSync(own, JSON.stringify({ name: 'm8', ...shape, weight_bytes: 2, activation_bytes: 2 }))
    const file = join(folder, 'e.json')
    const generator = { counts, prefill_tokens: 8, decode_tokens: 8 }
    const rest = { workload: { tokens: 8 }, schedulers: ['ep', 'fse-dp'] }
    writeFileSync(file, JSON.stringify({ hardware: 'fse-dp-2x2', model: own, generator, ...rest }))
    const run = await runCli(['run', file])
    expect(run.exitCode).toBe(0)
    expect(run.stderr.match(/warning: only experts 0-1 are ever chosen/g)).toHaveLength(1)
    const info = await runCli(['trace', 'info', counts, '--model', own])
    expect(info.stdout).toContain('only experts 0-1')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
