// `moesim show`: a bundled config as it is, comments and sources and all, to start from.
import type { Command } from 'commander'
import type { Session } from '../session.ts'

export function addShow(program: Command, session: Session): Command {
  return program
    .command('show')
    .description('print a bundled experiment, hardware or model file, to start from')
    .argument('<name>', 'as moesim list experiments, hardware or models has it')
    .action(async (name: string) => {
      const { bundledKind } = await import('../../config/library.ts')
      const { configText } = await import('../../config/bundled.ts')
      const kind = await bundledKind(session.io, name, 'bundled config')
      session.result(await configText(session.io, kind, name))
    })
    .addHelpText(
      'after',
      `
Examples:
  moesim show demo > experiment.yaml
  moesim show fse-dp-2x2 > my-package.yaml`,
    )
}
