// The progress of a sweep in words: points done, points per second, time left.

/** `412/1000 points, 23.4 points/s, 25 s left`. `share` of the work is done, in 0 to 1. */
export function sweepLabel(done: number, total: number, share: number, elapsedMs: number): string {
  const counted = `${done}/${total} points`
  if (elapsedMs <= 0 || share <= 0) return counted
  const perSecond = (1000 * done) / elapsedMs
  const leftS = (elapsedMs * (1 / share - 1)) / 1000
  return `${counted}, ${perSecond.toPrecision(3)} points/s, ${duration(leftS)} left`
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
