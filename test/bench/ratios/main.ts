// npm run bench:ratios: CPU time of each case over that of the last release, which bench.json keeps (above 1 is slower), and
// beside what is promised of it.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CASES } from './cases.ts'
import { loopsOf } from './measure.ts'
import { PROMISES } from './promises.ts'

const FILE = 'bench.json'
const HELP = `npm run bench:ratios -- [options]
  --update        keep what is measured as the figures of this version, in ${FILE}
  --only <text>   only cases whose name has this in it; repeatable`
/** Least of several runs still differ by so much. */
const NOTABLE = 1.15

interface Release {
  readonly release: string
  /** CPU time of each case, in loops of arithmetic. */
  readonly loops: Readonly<Record<string, number>>
}

const {
  values: { help = false, update = false, only = [''] },
} = parseArgs({
  options: {
    help: { type: 'boolean' },
    update: { type: 'boolean' },
    only: { type: 'string', multiple: true },
  },
})

const isAsked = (name: string) => only.some((text) => name.includes(text))

if (help) console.log(HELP)
else {
  await compare()
  await holdPromises()
}

async function compare(): Promise<void> {
  const before = JSON.parse(readFileSync(FILE, 'utf8')) as Release
  const measured = new Map<string, number>()
  console.log(`CPU time over that of ${before.release}`)
  for (const { name, prepare } of CASES) {
    if (!isAsked(name)) continue
    const loops = await loopsOf(await prepare())
    measured.set(name, Number(loops.toPrecision(4)))
    console.log(`${ratioText(loops, before.loops[name])}  ${name}`)
  }
  if (!update) return
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const after: Release = { release: version, loops: { ...before.loops, ...Object.fromEntries(measured) } }
  writeFileSync(FILE, `${JSON.stringify(after, undefined, 2)}\n`)
}

async function holdPromises(): Promise<void> {
  console.log('CPU time beside its limit: median, the first time in brackets')
  for (const { name, limitMs, measureMs } of PROMISES) {
    if (!isAsked(name)) continue
    const [firstMs = 0, ...laterMs] = await measureMs()
    const medianMs = laterMs.sort((a, b) => a - b)[Math.floor(laterMs.length / 2)]!
    const limit = limitMs === undefined ? '' : ` of ${limitMs}`
    const word = limitMs !== undefined && medianMs > limitMs ? '  TOO LONG' : ''
    console.log(`${medianMs.toFixed(1)} ms (${firstMs.toFixed(1)})${limit}  ${name}${word}`)
  }
}

function ratioText(loops: number, before: number | undefined): string {
  if (before === undefined) return ' new        '
  const ratio = loops / before
  const word = ratio > NOTABLE ? 'slower' : ratio < 1 / NOTABLE ? 'faster' : ''
  return `${ratio.toFixed(2).padStart(5)} ${word.padEnd(6)}`
}
