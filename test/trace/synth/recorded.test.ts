// What is generated under each knob, byte for byte, and what it is called, as it was when last looked at; and where knobs end.
import { expect, test } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { routingSha256 } from '../../../src/trace/routing-hash.ts'
import { generateRouting } from '../../../src/trace/synth/generator.ts'
import type { GeneratorSpec, RoutingShape } from '../../../src/trace/synth/generator-spec.ts'
import type { StructureKnobs } from '../../../src/trace/synth/knobs.ts'
import { syntheticFacts } from '../../../src/trace/synth/streamed.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const io = memoryIo()
const SHAPE: RoutingShape = { experts: 12, topK: 2, layers: [0, 3, 5] }
const PLAIN: GeneratorSpec = {
  ...{ skew: 1.2, reuse: 0.3, topics: 2, requests: 5, prefillTokens: 6, decodeTokens: 7 },
}

const popularity = SHAPE.layers.map((layer) => ({
  layer,
  prefill: Array.from({ length: 12 }, (_, expert) => (expert === layer ? 0.9 : 0.1)),
  decode: Array.from({ length: 12 }, (_, expert) => (expert < 4 ? 0.5 : 0)),
}))
const STRUCTURES: readonly StructureKnobs[] = [
  { classes: 3, affinity: 1.5 },
  { classes: 4, affinity: 1, focus: 0.6 },
  { classes: 4, affinity: 1, persistence: 0.7, focus: 0.2 },
  { coactivation: 0.5 },
  { drift: 0.4 },
  {
    ...{ classes: 1, drift: 1, coactivation: 1 },
    affinity: [
      [0, 1],
      [5, 2],
    ],
  },
  { lengthSpread: 0.8 },
  {
    lengths: [
      [3, 1],
      [0, 2],
      [9, 0],
    ],
  },
  { popularity },
  { popularity, classes: 3, affinity: 1, focus: 0.5, coactivation: 0.2 },
]
const SPECS: readonly Partial<GeneratorSpec>[] = [
  {},
  { skew: 0 },
  { reuse: 1 },
  { topics: 5 },
  {
    skew: [
      [0, 0.5],
      [4, 2],
    ],
    reuse: [[3, 0.5]],
  },
  ...STRUCTURES.map((structure) => ({ structure })),
]
const SHAPES: readonly Partial<RoutingShape>[] = [
  {},
  { topK: 12 },
  { topK: 3, router: { groups: 4, groupsPerToken: 2 } },
]

test('routing and its name are what they were (vitest -u records them anew)', async () => {
  const lines: string[] = []
  for (const change of SPECS) {
    for (const shapeChange of 'structure' in change && change.structure?.popularity ? [{}] : SHAPES) {
      const [spec, shape] = [
        { ...PLAIN, ...change },
        { ...SHAPE, ...shapeChange },
      ]
      const source = generateRouting(io, spec, shape, 7)
      const facts = await syntheticFacts(io, spec, shape, 7, async () => {})
      const rows = routingSha256(io, source)
      // Made request by request it is the same.
      expect([facts.sha256, facts.label, facts.requests]).toEqual([rows, source.label, source.requests])
      const tokens = source.requests.map((request) => `${request.prefillTokens}/${request.tokens}`)
      lines.push(
        `${source.label} of top-${shape.topK}`,
        `  ${tokens.join(' ')}, ${rows.slice(0, 16)} ${source.sha256.slice(0, 16)}`,
      )
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded.txt')
})

const shares = (...head: number[]) => [{ layer: 0, prefill: [...head, 0, 0], decode: [...head, 0, 0] }]
const ONE: RoutingShape = { experts: 4, topK: 1, layers: [0] }

test.each<[Partial<GeneratorSpec>, Partial<RoutingShape>]>([
  [{ reuse: 1, topics: 1, requests: 1, prefillTokens: 1, decodeTokens: 0 }, {}],
  [{ prefillTokens: 0, decodeTokens: 1 }, { topK: 4 }],
  [{ structure: { affinity: 10, focus: 1, persistence: 1, coactivation: 1, drift: 1, lengthSpread: 5 } }, {}],
  [{ structure: { classes: 1024, lengths: [[0, 1]] } }, {}],
  [{ topics: 10_000 }, { router: { groups: 4, groupsPerToken: 4 } }],
  [{ structure: { popularity: shares(1, 0) } }, {}],
  // As near to top-k as shares are written.
  [{ structure: { popularity: shares(0.5, 0.4991) } }, {}],
])('values at the end of what may be are taken: %j of %j', (spec, shape) => {
  generateRouting(io, { ...PLAIN, ...spec }, { ...ONE, ...shape }, 1).layerExperts(0)
})

test.each<[Partial<GeneratorSpec>, Partial<RoutingShape>, string]>([
  [{ skew: -0.1 }, {}, 'skew must be a number >= 0, got -0.1'],
  [{ skew: [] }, {}, 'skew must be pairs of layer and value, layers ascending, got '],
  [{ reuse: 1.1 }, {}, 'reuse must be a number from 0 to 1, got 1.1'],
  [{ topics: 10_001 }, {}, 'topics must be an integer from 1 to 10000, got 10001'],
  [{ requests: 0 }, {}, 'requests must be an integer >= 1, got 0'],
  [{ prefillTokens: -1 }, {}, 'prefillTokens must be an integer >= 0, got -1'],
  [{ decodeTokens: 1.5 }, {}, 'decodeTokens must be an integer >= 0, got 1.5'],
  [{ prefillTokens: 0, decodeTokens: 0 }, {}, 'prefillTokens + decodeTokens must be at least 1, got 0'],
  [{ structure: { affinity: 10.1 } }, {}, 'affinity must be a number from 0 to 10, got 10.1'],
  [{ structure: { focus: 1.1 } }, {}, 'focus must be a number from 0 to 1, got 1.1'],
  [{ structure: { persistence: 1.1 } }, {}, 'persistence must be a number from 0 to 1, got 1.1'],
  [{ structure: { coactivation: 1.1 } }, {}, 'coactivation must be a number from 0 to 1, got 1.1'],
  [{ structure: { drift: 1.1 } }, {}, 'drift must be a number from 0 to 1, got 1.1'],
  [{ structure: { lengthSpread: 5.1 } }, {}, 'lengthSpread must be a number from 0 to 5, got 5.1'],
  [{ structure: { classes: 1025 } }, {}, 'classes must be an integer from 0 to 1024, got 1025'],
  [{ structure: { lengths: [] } }, {}, 'lengths must be pairs of token counts, at least 1 in sum'],
  [{ structure: { lengths: [[0, 0]] } }, {}, 'lengths must be pairs of token counts, at least 1 in sum'],
  [
    { structure: { popularity: shares(0.5, 0.4) } },
    {},
    'popularity of layer 0 must be 4 shares from 0 to 1, 1',
  ],
  [{ structure: { popularity: shares(0.5, 0.4989) } }, {}, 'popularity of layer 0 must be 4 shares'],
  [{ structure: { popularity: shares(0.5, 0.25, 0.25) } }, {}, 'popularity of layer 0 must be 4 shares'],
  [{ structure: { popularity: shares(1.5, -0.5) } }, {}, 'popularity of layer 0 must be 4 shares'],
  [
    { structure: { popularity: shares(1, 0) } },
    { layers: [0, 2] },
    'layers whose popularity is given, got 2',
  ],
  [{}, { experts: 0 }, 'experts must be 1..65536, got 0'],
  [{}, { topK: 0 }, 'topK must be 1..4 (the number of experts), got 0'],
  [{}, { layers: [] }, 'layers must be at least one layer, got none'],
  [{}, { router: { groups: 3, groupsPerToken: 1 } }, 'router.groups must be a divisor of 4 experts, got 3'],
  [
    {},
    { router: { groups: 2, groupsPerToken: 3 } },
    'router.groupsPerToken must be 1..2 (top-1 needs 1), got 3',
  ],
])('values beyond are refused: %j of %j', (spec, shape, message) => {
  const make = () => generateRouting(io, { ...PLAIN, ...spec }, { ...ONE, ...shape }, 1)
  expect(make).toThrow(UserError)
  expect(make).toThrow(message)
})

test('progress is told every 64 requests, and at the end', async () => {
  const told: string[] = []
  const spec = { ...PLAIN, requests: 130, prefillTokens: 1, decodeTokens: 0 }
  await syntheticFacts(io, spec, ONE, 1, async (done, total) => void told.push(`${done}/${total}`))
  expect(told).toEqual(['64/130', '128/130', '130/130'])
})
