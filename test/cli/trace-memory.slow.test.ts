// Converting a trace takes the memory of a request, not of the trace.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { parquetBytes } from '../../src/trace/formats/native/parquet-writer.ts'
import { RoutingHash } from '../../src/trace/routing-hash.ts'
import type { RequestRows } from '../../src/trace/source.ts'
import { built } from '../helpers/built.ts'

const BIN = built('bin', 'moesim.js')
const folder = mkdtempSync(join(tmpdir(), 'moesim-memory-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [EXPERTS, TOP_K, TOKENS] = [256, 32, 64]
const LAYERS = Array.from({ length: 16 }, (_, layer) => layer)
const SELECTIONS_PER_REQUEST = LAYERS.length * TOKENS * TOP_K
/** Heap of the process that converts: the ids of the larger trace, as numbers, would not fit. */
const HEAP_MB = 64

/** As many columns of expert ids as differ, which is soon told: the process that converts is what matters here. */
const COLUMNS = Array.from({ length: EXPERTS - TOP_K }, (_, first) =>
  Uint16Array.from(
    { length: TOKENS * TOP_K },
    (_, i) => ((first + Math.floor(i / TOP_K) * 7) % (EXPERTS - TOP_K)) + (i % TOP_K),
  ),
)

function* rows(requests: number): Generator<RequestRows> {
  for (let request = 0; request < requests; request++) {
    const idsOf = (layer: number) => COLUMNS[(request * 17 + layer * 13) % COLUMNS.length]!
    const columns = new Map(LAYERS.map((layer) => [layer, idsOf(layer)]))
    yield { id: `r${request}`, prefillTokens: 60, tokens: TOKENS, columns }
  }
}

/** Writes a trace of so many requests, converts it in a process of its own, and gives that one's largest resident set. */
async function residentBytes(requests: number): Promise<number> {
  const hash = new RoutingHash(nodeIo, { experts: EXPERTS, topK: TOP_K })
  for (const request of rows(requests)) hash.add(request)
  const [from, to] = ['from', 'to'].map((name) => join(folder, `${name}-${requests}.parquet`))
  const list = Array.from({ length: requests }, (_, i) => ({
    id: `r${i}`,
    prefillTokens: 60,
    tokens: TOKENS,
  }))
  async function* all() {
    yield* rows(requests)
  }
  const manifest = {
    ...({ version: 2, model: 'm', experts: EXPERTS, topK: TOP_K, layers: LAYERS, requests } as const),
    ...({ prefillTokens: 60 * requests, decodeTokens: 4 * requests, phases: 'recorded' } as const),
    source: { format: 'x', name: 'x' },
    sha256: hash.hex(),
  }
  const source = { topK: TOP_K, layers: LAYERS, requests: list, rows: all() }
  await nodeIo.write(
    from!,
    parquetBytes(source, manifest, async () => {}),
  )
  const report = join(folder, 'report.mjs')
  writeFileSync(
    report,
    "process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)))\n",
  )
  const flags = [`--max-old-space-size=${HEAP_MB}`, '--import', report]
  const child = spawn(process.execPath, [...flags, BIN, 'trace', 'convert', from!, to!, '--quiet'])
  let written = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written += text
  })
  const [code] = await once(child, 'close')
  expect({ code, written }).toEqual({ code: 0, written: expect.stringMatching(/^\d+$/) })
  return Number(written) * 1024
}

test('A trace of 20 million selections is converted without being held', async () => {
  const requests = Math.ceil(20e6 / SELECTIONS_PER_REQUEST)
  const few = 100
  const grownBytes = (await residentBytes(requests)) - (await residentBytes(few))
  const idBytes = (requests - few) * SELECTIONS_PER_REQUEST * Uint16Array.BYTES_PER_ELEMENT
  // Arrays that grow and are copied into shared memory take more than twice the ids; what is left here waits to be collected.
  expect(grownBytes).toBeLessThan(1.5 * idBytes)
})
