// A stream of bytes in pieces of wanted sizes, however it comes in chunks.
import { expect, test } from 'vitest'
import { ByteFeed } from '../../../../src/trace/formats/arrays/byte-feed.ts'

async function* chunksOf(...chunks: readonly (readonly number[])[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Uint8Array.from(chunk)
}
const taken = async (feed: ByteFeed, size: number) => [...(await feed.take(size))]

test('pieces go over chunks, empty ones among them, and the last is as short as what is left', async () => {
  const feed = new ByteFeed(chunksOf([], [1, 2, 3], [], [4], [5, 6]))
  expect(await taken(feed, 2)).toEqual([1, 2])
  expect(await taken(feed, 0)).toEqual([])
  expect(await taken(feed, 3)).toEqual([3, 4, 5])
  expect(await feed.isAtEnd()).toBe(false)
  expect(await taken(feed, 5)).toEqual([6])
  expect(await feed.isAtEnd()).toBe(true)
  expect(await taken(feed, 1)).toEqual([])
})

test('an empty chunk is no byte: the end is behind it', async () => {
  const feed = new ByteFeed(chunksOf([1], [], []))
  await feed.take(1)
  expect(await feed.isAtEnd()).toBe(true)
})

test('each piece has a buffer of its own that starts at its first byte', async () => {
  const feed = new ByteFeed(chunksOf([0, 0, 0, 0, 1, 0, 0, 0, 2]))
  await feed.take(4)
  expect(new Uint32Array((await feed.take(4)).buffer)).toEqual(Uint32Array.of(1))
})

test('who stops early lets go of the source', async () => {
  let isClosed = false
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield Uint8Array.of(1, 2)
      yield Uint8Array.of(3)
    } finally {
      isClosed = true
    }
  }
  const feed = new ByteFeed(source())
  await feed.take(1)
  await feed.close()
  expect(isClosed).toBe(true)
})
