// A batch larger than its trace: recorded requests drawn again.
import { randomStream } from '../engine/random.ts'

/**
 * Which recorded request each of `requests` places of a batch replays, given `recorded` of them. All in their order
 * first; then again and again all of them, each time in a new random order that depends on the seed alone, so that no
 * request is drawn twice more often than another. The places of one request behave as if they were requests of their own.
 */
export function drawRequests(requests: number, recorded: number, seed: number): Int32Array {
  const random = randomStream(seed, 'resample')
  const drawn = new Int32Array(requests)
  const round = Int32Array.from({ length: recorded }, (_, request) => request)
  for (let place = 0; place < requests; place += recorded) {
    if (place > 0) shuffle(round, random)
    drawn.set(round.subarray(0, requests - place), place)
  }
  return drawn
}

/** Fisher-Yates. */
function shuffle(items: Int32Array, random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
}
