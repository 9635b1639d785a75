// Small files that unpack to large ones are refused before all of it is there. See malformed.test.ts for the other formats.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { memoryIo } from '../../helpers/memory-io.ts'
import { npy, npz } from './arrays/arrays.ts'
import { expectRefusal, refusal } from './bad-input.ts'
import { refusalOf } from './mini.ts'

test('a gzip file of short lines is refused as a file', async () => {
  const content = gzipSync('#\n'.repeat(9 * 2 ** 20))
  const [first] = await refusal(memoryIo({ t: content }, 4096), 't')
  const message = 'unpacks to more than 250 times its size'
  expectRefusal(first!, { name: '', content, code: 'file', message }, 't')
})

test('a zip file of router logits is refused by its name', async () => {
  const bomb = npz({ 'arr_0.npy': npy([600_000, 8], new Float32Array(4_800_000)) }, 6)
  expect(bomb.length).toBeLessThan(200_000)
  const message = 'unpacks to more than 250 times its size: a damaged or hostile zip file'
  expect(await refusalOf({ 'a.npz': bomb }, 'a.npz')).toContain(message)
})
