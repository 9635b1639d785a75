// Whatever bytes are changed in a file or cut off from it: it is read, or refused with a finding, and nothing else happens.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { UserError } from '../../../src/errors.ts'
import { parquetBytes } from '../../../src/trace/formats/native/parquet-writer.ts'
import { manifestOf } from '../../../src/trace/manifest.ts'
import { readTrace } from '../../../src/trace/open.ts'
import { memoryIo } from '../../helpers/memory-io.ts'
import { sourceOf } from '../sample.ts'
import { npy, npz, safetensors } from './arrays/arrays.ts'
import { csv } from './bad-input.ts'
import { type Files, MINI } from './mini.ts'

const TOKENS = 30
const ids = Array.from({ length: TOKENS }, (_, t) => [
  [t % 8, (t + 3) % 8],
  [(t * 5) % 8, (t * 5 + 1) % 8],
])
const source = sourceOf({
  experts: 8,
  topK: 2,
  layers: [1, 3],
  requests: [{ id: 'a', prefillTokens: 9, rows: ids }],
})
const logits = (salt: number) => Float32Array.from({ length: TOKENS * 8 }, (_, i) => Math.sin(i * salt))
const table = csv(
  ...ids.flatMap(([one, three], t) => [
    `a,${t},decode,1,${one!.join(' ')}`,
    `a,${t},decode,3,${three!.join(' ')}`,
  ]),
)

async function parquet(): Promise<Uint8Array> {
  const manifest = manifestOf(source, 'mini', false, { format: 'csv', name: 'a' })
  const io = memoryIo()
  await io.write(
    't',
    parquetBytes(source, manifest, async () => {}),
  )
  return io.files.get('t')!
}

const counts = { data: Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) }
/** The file to damage first, what it needs beside it after. */
const CASES: [string, () => Promise<Files>][] = [
  ['Parquet', async () => ({ 't.parquet': await parquet() })],
  [
    '.npy of experts',
    async () => ({
      't.npy': npy([TOKENS, 2, 2], Int16Array.from(ids.flat(2))),
      't.npy.json': '{"input_token_count":3}',
    }),
  ],
  [
    '.npy of logits',
    async () => ({ 't.npy': npy([2, TOKENS, 8], Float32Array.from([...logits(3), ...logits(5)])) }),
  ],
  [
    '.npz',
    async () => ({
      't.npz': npz({ 'arr_0.npy': npy([TOKENS, 8], logits(3)), 'arr_1.npy': npy([TOKENS, 8], logits(5)) }),
    }),
  ],
  [
    'packed .npz',
    async () => ({
      't.npz': npz({ 'arr_0.npy': npy([TOKENS, 8], logits(3)), 'arr_1.npy': npy([TOKENS, 8], logits(5)) }, 6),
    }),
  ],
  [
    'safetensors',
    async () => ({
      'd/rank0.safetensors': safetensors({ '1_1': counts, '1_3': counts }),
      'd/meta_info.json': '{"num_experts":8,"num_experts_per_token":2}',
    }),
  ],
  ['CSV', async () => ({ 't.csv': table })],
  ['zipped CSV', async () => ({ 't.csv.gz': gzipSync(table) })],
]

const damages = fc.record({
  /** Places from 0 to 1, the ends of a file being where its headers are. */
  changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
    maxLength: 3,
  }),
  isAtEnds: fc.boolean(),
  kept: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
})

it.each(CASES)('A damaged file of %s is read or refused', async (_, make) => {
  const files = await make()
  const [path, content] = Object.entries(files)[0]!
  const whole = Buffer.from(content as Uint8Array)
  let refused = 0
  await fc.assert(
    fc.asyncProperty(damages, async ({ changes, isAtEnds, kept }) => {
      const bytes = Buffer.from(whole)
      for (const [place, value] of changes) {
        const at = isAtEnds && place < 0.5 ? Math.floor(place * 200) : Math.floor(place * (bytes.length - 1))
        bytes[Math.min(at, bytes.length - 1)] = value
      }
      const damaged = { ...files, [path]: new Uint8Array(bytes.subarray(0, Math.floor(kept * bytes.length))) }
      const error = await readTrace(memoryIo(damaged, 1000), path.startsWith('d/') ? 'd' : path, MINI).then(
        () => undefined,
        (caught: unknown) => caught,
      )
      if (error !== undefined) {
        expect(error).toBeInstanceOf(UserError)
        refused++
      }
    }),
    { numRuns: 150 },
  )
  expect(refused).toBeGreaterThan(20)
})
