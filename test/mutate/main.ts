// npm run mutate: breaks single places of the source, one at a time, and runs the tests: those that stay green have a hole.
import { parseArgs } from 'node:util'
import { isEquivalent } from './equivalents.ts'
import { describe, type Mutant, mutantsBelow } from './mutants.ts'
import { sampleOf } from './sample.ts'
import { type Fate, Trial } from './trial.ts'

const FOLDERS = ['engine', 'hardware', 'sim', 'schedulers', 'trace', 'config']
const HELP = `npm run mutate -- [options]
  --folder <name>  of src: ${FOLDERS.join(', ')}; repeatable (default: all of them)
  --file <text>    only files whose path holds this
  --count <n>      mutants drawn of each folder (default 20)
  --seed <n>       what is drawn (default 1)
  --quick          without slow tests: what only they notice counts as survived
  --list           print what would be tried, and try nothing`

const wholeNumber = (name: string, text: string) => {
  if (!/^\d{1,9}$/.test(text)) throw new TypeError(`--${name} is a whole number, got ${text}`)
  return Number(text)
}

const { values } = parseArgs({
  options: {
    folder: { type: 'string', multiple: true, default: FOLDERS },
    file: { type: 'string', default: '' },
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(HELP)
else {
  const count = wholeNumber('count', values.count)
  const seed = wholeNumber('seed', values.seed)
  const trial = values.list ? undefined : new Trial(values.quick)
  const rows: string[] = []
  const survivors: Mutant[] = []
  for (const folder of values.folder) {
    const all = mutantsBelow(folder).filter(({ file }) => file.includes(values.file))
    const drawn = sampleOf(all, count, seed)
    const fates: Fate[] = []
    await trial?.assertGreen(folder)
    for (const mutant of drawn) {
      const fate: Fate = isEquivalent(mutant) ? 'equivalent' : ((await trial?.of(mutant)) ?? 'noticed')
      console.log(`${trial === undefined ? 'would try' : fate}  ${describe(mutant)}`)
      fates.push(fate)
      if (fate === 'survived') survivors.push(mutant)
    }
    const those = (fate: Fate) => fates.filter((one) => one === fate).length
    const noticed = those('noticed')
    const counted = noticed + those('survived')
    const score = counted === 0 ? '-' : `${Math.round((100 * noticed) / counted)} %`
    rows.push(
      `${folder}: ${noticed} of ${counted} noticed, ${score} (${all.length} places, ${those('equivalent')} drawn that change nothing)`,
    )
  }
  trial?.end()
  if (!values.list) {
    for (const row of rows) console.log(row)
    for (const mutant of survivors) console.log(`survived  ${describe(mutant)}`)
  }
}
