// `moesim explain`: what a metric, scheduler or option is: definition, unit, default, allowed values, source.
import { type Command, Option } from 'commander'
import type { Session } from '../session.ts'
import type { Topic } from '../topics.ts'

export function addExplain(program: Command, session: Session): Command {
  return program
    .command('explain')
    .description(
      'what a metric, heading, scheduler, option, placement, predictor, topology or config key is (no arguments: all names)',
    )
    .argument('[name]', 'such as latency, fse-dp, fse-dp:slots, link.bandwidth')
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json']).default('table'))
    .action(async (name: string | undefined, { format }: { format: 'table' | 'json' }) => {
      const { keyTopics, namedTopics, optionTopics, topicsOf } = await import('../topics.ts')
      const topics =
        name === undefined ? [...namedTopics(), ...optionTopics(), ...keyTopics()] : topicsOf(name)
      if (format === 'json') return session.result(`${JSON.stringify(topics, null, 2)}\n`)
      if (name === undefined) return session.result(namesByKind(topics))
      const { prose } = await import('../../report/prose.ts')
      const wrapped = (text: string) => prose(text, session.tableWidth, LABELS.length)
      session.result(topics.map((topic) => explained(topic, wrapped)).join('\n'))
    })
    .addHelpText(
      'after',
      `
Examples:
  moesim explain
  moesim explain boundRatio
  moesim explain "peak SRAM per die"
  moesim explain hardware.link.sharing
  moesim explain fse-dp
  moesim explain fse-dp:slots
  moesim explain prefetch`,
    )
}

/** Names as they can be typed; options stand behind the name of their scheduler. */
function namesByKind(topics: readonly Topic[]): string {
  const kinds = [...new Set(topics.map(({ kind }) => kind))]
  return kinds
    .map((kind) => {
      const names = topics.filter((topic) => topic.kind === kind).map(({ name }) => `  ${name}\n`)
      return `${kind}\n${names.join('')}`
    })
    .join('\n')
}

/** What stands before a text. */
const LABELS = '  definition  '

function explained(topic: Topic, wrapped: (text: string) => string): string {
  const { name, kind, definition, unit, default: value, allowed, means, source } = topic
  const facts: (readonly [string, unknown])[] = [
    ['definition', definition],
    ['unit', unit],
    ['default', value],
    ['allowed', allowed],
    [kind === 'scheduler' ? 'defaults' : 'short for', means],
    ['source', source],
  ]
  const lines = facts.filter(([, text]) => text !== undefined)
  return `${name} (${kind})\n${lines.map(([label, text]) => `${`  ${label}`.padEnd(LABELS.length)}${wrapped(`${text}`)}\n`).join('')}`
}
