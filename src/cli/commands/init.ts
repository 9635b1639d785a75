// `moesim init`: writes a commented experiment to start from.
import type { Command } from 'commander'
import { fail } from '../../errors.ts'
import { makeFolderOf, writeFile } from '../output.ts'
import type { Session } from '../session.ts'

const DEFAULT_FILE = 'experiment.yaml'

export function addInit(program: Command, session: Session): Command {
  return program
    .command('init')
    .description('write a commented experiment file to start from')
    .argument('[file]', 'where to write it', DEFAULT_FILE)
    .option('--force', 'replace a file that is there')
    .action(async (file: string, options: { force?: boolean }) => {
      if (!options.force && (await session.io.stat(file)) !== undefined) {
        fail(
          'file',
          { action: 'write', reason: 'it is there already', hint: 'add --force to replace it' },
          { file },
        )
      }
      await makeFolderOf(session, file)
      const { starterExperiment } = await import('../../config/bundled.ts')
      await writeFile(session, file, starterExperiment())
      session.note(`next: moesim run ${file}`)
    })
    .addHelpText(
      'after',
      `
Examples:
  moesim init
  moesim init studies/quad.yaml --force`,
    )
}
