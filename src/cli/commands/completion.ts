// `moesim completion`: the script that completes commands, options and names in a shell.
import { Argument, type Command } from 'commander'
import { COMPLETE, SHELLS, type Shell } from '../completion/shells.ts'
import type { Session } from '../session.ts'

export function addCompletion(program: Command, session: Session): Command {
  const completion = program
    .command('completion')
    .description('print the script that completes moesim in a shell')
    .addArgument(new Argument('<shell>', 'the shell it is for').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../completion/completion.ts')
      session.result(completionScript(program.name(), shell))
    })
    .addHelpText('after', EXAMPLES)
  program
    .command(COMPLETE, { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const { completionsFor } = await import('../completion/completion.ts')
      const { completionNames } = await import('../completion/names.ts')
      session.result(completionsFor(program, words, await completionNames(session.io, words)))
    })
  return completion
}

const EXAMPLES = `
It completes commands, options, and names of hardware, models, experiments, schedulers and their options, metrics and
figures. It calls moesim, which must be on the PATH (npm link, or npm install --global); the one for bash needs the
package bash-completion.

Examples:
  moesim completion bash > ~/.local/share/bash-completion/completions/moesim
  moesim completion zsh > ~/.zfunc/_moesim     with fpath+=~/.zfunc before compinit in ~/.zshrc
  moesim completion fish > ~/.config/fish/completions/moesim.fish`
