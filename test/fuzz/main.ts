// npm run fuzz: thousands of inputs made at random, none of which may break moesim. A thread tries them, this one watches it.
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { KINDS } from './kinds.ts'
import { type Plan, tryCases } from './try-cases.ts'
import { watch } from './watch.ts'

const HELP = `npm run fuzz -- [options]
  --seconds <n>   stop after so long (default 60, with --cases: never)
  --cases <n>     stop after so many cases (default: no limit)
  --seed <n>      first number that cases are made from (default 1)
  --first <n>     start at this case: how a failure is played again
  --kind <name>   only cases of this kind; repeatable: ${Object.keys(KINDS).join(', ')}`

const WHOLE = /^\d{1,9}$/

function readNumber(name: string, text: string): number {
  if (!WHOLE.test(text)) throw new TypeError(`--${name} is a whole number, got ${text}`)
  return Number(text)
}

async function start(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      cases: { type: 'string' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      kind: { type: 'string', multiple: true, default: Object.keys(KINDS) },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const unknown = values.kind.filter((kind) => !Object.hasOwn(KINDS, kind))
  if (unknown.length > 0) throw new TypeError(`no kind of cases is called ${unknown.join(', ')}`)
  const cases = values.cases === undefined ? Infinity : readNumber('cases', values.cases)
  const seconds = values.seconds ?? (values.cases === undefined ? '60' : undefined)
  const first = readNumber('first', values.first)
  const plan: Plan = {
    ...{ seed: readNumber('seed', values.seed), kinds: values.kind, first, end: first + cases },
    endMs: seconds === undefined ? Infinity : Date.now() + 1000 * readNumber('seconds', seconds),
  }
  return await watch(plan)
}

if (isMainThread) process.exitCode = await start()
else await tryCases(workerData as Plan, (message) => parentPort!.postMessage(message))
