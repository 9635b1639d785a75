// What every scheduler does under each of its options, and what is said of it, as it was when last looked at.
import { expect, test } from 'vitest'
import { describe as inWords } from '../../src/errors.ts'
import { splitSchedulerText } from '../../src/schedulers/options.ts'
import { resolveScheduler } from '../../src/schedulers/table.ts'
import type { RunResult } from '../../src/sim/result.ts'
import { bundledWith } from '../fuzz/bundled-with.ts'
import { runCli } from '../helpers/run-cli.ts'
import { RECORDED } from '../sim/recorded-cases.ts'
import { schedulerTexts } from './recorded-texts.ts'

const METRICS = ['latency', 'memoryRead', 'd2dByteHops', 'hops', 'peakSramPackage', 'replicas', 'cacheHits']

/** A line for each scheduler that runs on a machine, for each that cannot, and for what is warned of. */
async function linesOf(ids: readonly string[], machine: object): Promise<string[]> {
  const experiment = { ...machine, schedulers: ids, seeds: 1, jitter: 0 }
  const io = bundledWith({ 'e.json': JSON.stringify(experiment) })
  const { exitCode, stdout, stderr } = await runCli(['run', 'e.json', '--format', 'json'], { io })
  const said = stderr.split('\n').flatMap((line) => /(?:^| )((?:error|warning): .*)/.exec(line)?.[1] ?? [])
  if (exitCode !== 0) {
    if (ids.length === 1)
      return said.filter((line) => line.startsWith('error')).map((line) => `${ids[0]}: ${line}`)
    // One that cannot run keeps all others from it.
    const half = Math.ceil(ids.length / 2)
    return [...(await linesOf(ids.slice(0, half), machine)), ...(await linesOf(ids.slice(half), machine))]
  }
  const { results } = JSON.parse(stdout) as RunResult
  const numbers = results.map(({ id, metrics }) => {
    const counted = METRICS.flatMap((name) => {
      const value = metrics[name]?.value
      return value === undefined ? [] : [`${name} ${Number(value.toPrecision(10))}`]
    })
    return `${id}: ${counted.join(', ')}`
  })
  return [...numbers, ...said]
}

const NAMES = Object.keys(RECORDED)
/** With layers that follow one another. */
const CHAINS = ['reading ahead', 'weights that stay on dies, and tiers with cores']

/** What is read ahead needs a layer to be read for. */
function machineOf(text: string, turn: number): string | undefined {
  const names = text.includes('ahead=') ? CHAINS : NAMES
  return names[turn % names.length]
}

test('runs under every option do and say what they did (vitest -u records it anew)', async () => {
  const lines: string[] = []
  for (const [name, machine] of Object.entries(RECORDED)) {
    const compat = 'compat' in machine ? 'paper' : 'physical'
    const texts = schedulerTexts().filter((text, t) => machineOf(text, t) === name)
    const resolved = texts.map((text) => resolveScheduler(splitSchedulerText(text)!, compat))
    const ids = new Set(resolved.flatMap(({ resolved }) => resolved?.id ?? []))
    const refusals = resolved.flatMap(({ findings }) => findings.map(inWords))
    lines.push(name, ...[...refusals, ...(await linesOf([...ids], machine))].map((line) => `  ${line}`))
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('recorded.txt')
})
