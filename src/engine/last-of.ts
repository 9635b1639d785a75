// One callback for several things that end, each at its own time.

/** A function that calls `onDone` when it is called for the last of so many times. */
export function onLastOf(times: number, onDone: () => void): () => void {
  let missing = times
  return () => {
    if (--missing === 0) onDone()
  }
}
