// The traces that ship with moesim are what shipped.json says, and open under their own shape.
import { readFile, stat } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatNativeCsv } from '../../src/trace/formats/native/writer.ts'
import { readTrace } from '../../src/trace/open.ts'
import { routingSha256 } from '../../src/trace/routing-hash.ts'
import { warningsOfTrace } from '../../src/trace/summary.ts'
import { generateRouting } from '../../src/trace/synth/generator.ts'
import type { GeneratorSpec, RoutingShape } from '../../src/trace/synth/generator-spec.ts'
import { memoryIo } from '../helpers/memory-io.ts'

interface Shipped {
  readonly file: string
  readonly about: string
  readonly seed: number
  readonly shape: RoutingShape
  readonly spec: GeneratorSpec
}

const here = (file: string) => new URL(`../../traces/${file}`, import.meta.url)
const shipped = JSON.parse(await readFile(here('shipped.json'), 'utf8')) as Shipped[]

describe.each(shipped)('traces/$file', ({ file, about, seed, shape, spec }) => {
  const source = generateRouting(memoryIo(), spec, shape, seed)

  it('is what `npm run traces` makes', async () => {
    const bytes = await readFile(here(file))
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    const comments = [`synthetic routing: ${about}`, `made by: npm run traces, ${source.label}`]
    expect(text).toBe([...formatNativeCsv(source, comments)].join(''))
  })

  it('opens as the routing that the generator made, and has nothing odd', async () => {
    const io = memoryIo({ [file]: await readFile(here(file)) }, 4096)
    const expectation = { model: 'm', experts: shape.experts, topK: shape.topK, moeLayers: shape.layers }
    const opened = await readTrace(io, file, expectation)
    if (opened.gives !== 'tokens') throw new Error('histograms')
    expect(opened.source.sha256).toBe(routingSha256(io, source))
    expect(warningsOfTrace(opened, expectation)).toEqual([])
  })

  it('is named in the README', async () => {
    expect(await readFile(here('README.md'), 'utf8')).toContain(`\`${file}\``)
  })
})

it('The shipped traces take less than 300 kB, and the demo has at least 512 tokens', async () => {
  const sizes = await Promise.all(shipped.map(async ({ file }) => (await stat(here(file))).size))
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(300_000)
  const { requests, prefillTokens, decodeTokens } = shipped[0]!.spec
  expect(requests * (prefillTokens + decodeTokens)).toBeGreaterThanOrEqual(512)
})
