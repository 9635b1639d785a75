// Watches the thread that tries cases: prints failures and how each is played again, stops what takes too long or too much.
import { Worker } from 'node:worker_threads'
import type { Message, Plan } from './try-cases.ts'

const MOST_CPU_S = 20
const MOST_BYTES = 1.5e9
const LOOK_EVERY_MS = 250

/** The exit code: 1 where any case failed. */
export async function watch(plan: Plan): Promise<number> {
  const failed = new Map<string, number>()
  const done = new Map<string, number>()
  let next = plan.first
  let started = ''
  while (next < plan.end && Date.now() < plan.endMs) {
    const stopped = await runThread({ ...plan, first: next }, (message) => {
      if (message.told === 'start') {
        done.set(message.kind, (done.get(message.kind) ?? 0) + 1)
        next = message.index
        started = message.kind
      }
      if (message.told === 'failure') report(message.index, message.kind, message.report)
      if (message.told === 'end') next = plan.end
    })
    if (stopped !== undefined) {
      report(next, started, stopped)
      next++
    }
  }
  for (const [kind, cases] of done) console.log(`${kind}: ${cases} cases, ${failed.get(kind) ?? 0} failed`)
  const total = [...done.values()].reduce((sum, cases) => sum + cases, 0)
  const failures = [...failed.values()].reduce((sum, cases) => sum + cases, 0)
  console.log(`${total} cases of seed ${plan.seed}, ${failures} failed`)
  return failures > 0 ? 1 : 0

  function report(index: number, kind: string, text: string): void {
    failed.set(kind, (failed.get(kind) ?? 0) + 1)
    const kinds = plan.kinds.map((name) => ` --kind ${name}`).join('')
    console.log(`failed: case ${index} (${kind}); again with`)
    console.log(`  npm run fuzz -- --seed ${plan.seed}${kinds} --first ${index} --cases 1`)
    console.log(text)
  }
}

/** Why the thread had to be stopped, or what it died of; undefined where it came to its end. */
async function runThread(plan: Plan, take: (message: Message) => void): Promise<string | undefined> {
  const thread = new Worker(process.argv[1]!, {
    workerData: plan,
    resourceLimits: { maxOldGenerationSizeMb: MOST_BYTES / 1e6 },
  })
  let cpuAtStart = process.cpuUsage()
  let why: string | undefined
  const looking = setInterval(() => {
    const { user, system } = process.cpuUsage(cpuAtStart)
    if ((user + system) / 1e6 > MOST_CPU_S) why = `took more than ${MOST_CPU_S} s of CPU`
    else if (process.memoryUsage.rss() > MOST_BYTES) why = `took more than ${MOST_BYTES / 1e9} GB`
    if (why !== undefined) void thread.terminate()
  }, LOOK_EVERY_MS)
  thread.on('message', (message: Message) => {
    cpuAtStart = process.cpuUsage()
    take(message)
  })
  return await new Promise((resolve) => {
    thread.on('error', (error) => {
      why ??= error.stack ?? error.message
    })
    thread.on('exit', () => {
      clearInterval(looking)
      resolve(why)
    })
  })
}
