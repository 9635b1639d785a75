// `moesim schema`: the JSON Schema of a kind of config file, for completion in editors.
import { Argument, type Command } from 'commander'
import type { Session } from '../session.ts'

const KINDS = ['hardware', 'model', 'experiment'] as const
type Kind = (typeof KINDS)[number]

export function addSchema(program: Command, session: Session): Command {
  return program
    .command('schema')
    .description('print the JSON Schema of a kind of config file, for completion in editors')
    .addArgument(
      new Argument('<kind>', 'which schema, or `list` for their names').choices([...KINDS, 'list']),
    )
    .action(async (kind: Kind | 'list') => {
      if (kind === 'list') {
        session.result(`${KINDS.join('\n')}\n`)
        return
      }
      const { jsonSchema } = await import('../../config/schema.ts')
      session.result(`${JSON.stringify(jsonSchema(kind), undefined, 2)}\n`)
    })
    .addHelpText(
      'after',
      `
Examples:
  moesim schema experiment > experiment.schema.json
  moesim schema list`,
    )
}
