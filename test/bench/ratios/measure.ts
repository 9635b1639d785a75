// CPU time of a piece of work in loops of arithmetic, so that figures of other machines, and of busy ones, compare.

/** Work until so much CPU time is spent before anything counts, as its code is compiled: with less a case is slower alone than after others. */
const WARM_US = 1_000_000
/** CPU time that is measured of a case, and least number of times that it runs. */
const MEASURED_US = 400_000
const LEAST_RUNS = 3

/** CPU time of one run over that of the loop, the least of several: what else the machine does only adds to it. */
export async function loopsOf(work: () => unknown): Promise<number> {
  await runFor(work, WARM_US, 1)
  let [spentUs, runs, least] = [0, 0, Number.POSITIVE_INFINITY]
  while (spentUs < MEASURED_US || runs < LEAST_RUNS) {
    const loopUs = await cpuUs(loop)
    const workUs = await cpuUs(work)
    least = Math.min(least, workUs / Math.min(loopUs, await cpuUs(loop)))
    spentUs += workUs
    runs++
  }
  return least
}

async function runFor(work: () => unknown, us: number, leastRuns: number): Promise<void> {
  let [spentUs, runs] = [0, 0]
  while (spentUs < us || runs < leastRuns) {
    spentUs += await cpuUs(work)
    runs++
  }
}

/** CPU time of it, in microseconds. */
export async function cpuUs(work: () => unknown): Promise<number> {
  const start = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(start)
  return Math.max(1, user + system)
}

const STEPS = 2_000_000

/** Arithmetic in registers: as fast as the machine is. Gives its sum, so that no compiler leaves it out. */
function loop(): number {
  let [x, sum] = [1, 0]
  for (let i = 0; i < STEPS; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
    sum = (sum + (x >>> 7)) | 0
  }
  return sum
}
