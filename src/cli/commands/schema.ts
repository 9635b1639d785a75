// `moesim schema`: the JSON Schema of a kind of config file, for completion in editors, of check files or of results.
import { Argument, type Command } from 'commander'
import type { Session } from '../session.ts'

const KINDS = ['hardware', 'model', 'experiment', 'check', 'result'] as const
type Kind = (typeof KINDS)[number]

export function addSchema(program: Command, session: Session): Command {
  return program
    .command('schema')
    .description('print the JSON Schema of a kind of file, for completion in editors, or of results')
    .addArgument(
      new Argument('<kind>', 'which schema, or `list` for their names').choices([...KINDS, 'list']),
    )
    .action(async (kind: Kind | 'list') => {
      if (kind === 'list') {
        session.result(`${KINDS.join('\n')}\n`)
        return
      }
      const { jsonSchema } = await import('../../config/schema.ts')
      const { resultJsonSchema } = await import('../../config/results/result-schema.ts')
      const { checkJsonSchema } = await import('../../config/results/check-schema.ts')
      const others = { check: checkJsonSchema, result: resultJsonSchema }
      const schema = kind === 'check' || kind === 'result' ? others[kind]() : jsonSchema(kind)
      session.result(`${JSON.stringify(schema, undefined, 2)}\n`)
    })
    .addHelpText(
      'after',
      `
Examples:
  moesim schema experiment > experiment.schema.json
  moesim schema list`,
    )
}
