// Completion for shells: the one file that knows @bomb.sh/tab, which is younger than its version 1.
import { type Command as Described, RootCommand } from '@bomb.sh/tab'
import type { Argument, Command, Option } from 'commander'
import { invariant } from '../../errors.ts'
import type { Shell } from './shells.ts'

/** What may stand at a place of the command line, with a word about each; empty: files, or anything. */
export interface Candidate {
  readonly value: string
  readonly about: string
}

/** Candidates for an option such as `--hardware`, or for an argument such as `experiment` of a command. */
export interface Names {
  option(name: string, command: string): readonly Candidate[]
  argument(name: string, command: string): readonly Candidate[]
}

/** What a shell has to run to complete `program`. */
export function completionScript(program: string, shell: Shell): string {
  const script = printed(() => new RootCommand().setup(program, program, shell))
  return shell === 'bash' ? withColons(script) : script
}

const BASH_REPLY = `    COMPREPLY=( $(compgen -W "\${completions[*]}" -- "$cur") )\n`

/**
 * bash takes a colon for the end of a word, so of a candidate such as `fse-dp:slots=` only what follows the colon may be
 * handed over; and no space belongs behind it.
 */
function withColons(script: string): string {
  invariant(script.includes(BASH_REPLY), 'the bash script of @bomb.sh/tab is not the one that is known')
  const more = `    [[ "\${COMPREPLY[*]}" == *= ]] && compopt -o nospace\n    __ltrim_colon_completions "$cur"\n`
  return script.replace(BASH_REPLY, () => `${BASH_REPLY}${more}`)
}

/** Candidates for the last of `words`, as the scripts read them: one a line, a tab before its description, at last a directive. */
export function completionsFor(program: Command, words: readonly string[], names: Names): string {
  const root = new RootCommand()
  describe(root, program, '', names)
  const text = printed(() => root.parse([...words]))
  // The library forbids file names wherever it looks. Where no candidate fits, a file may be what is meant.
  return text.replace(/^:\d+$/m, ':0')
}

function describe(root: RootCommand, command: Command, path: string, names: Names): void {
  const node: Described = path === '' ? root : root.command(path, command.description())
  const help = command.createHelp()
  for (const option of help.visibleOptions(command)) describeOption(node, option, path, names)
  for (const argument of command.registeredArguments) describeArgument(node, argument, path, names)
  for (const inner of help.visibleCommands(command)) {
    describe(root, inner, path === '' ? inner.name() : `${path} ${inner.name()}`, names)
  }
}

function describeOption(node: Described, option: Option, path: string, names: Names): void {
  const name = option.long?.slice(2)
  if (name === undefined) return
  const alias = option.short?.slice(1)
  if (!option.required && !option.optional) node.option(name, option.description, alias)
  else {
    const candidates = () => option.argChoices?.map(plain) ?? names.option(name, path)
    node.option(name, option.description, offering(candidates), alias)
  }
}

function describeArgument(node: Described, argument: Argument, path: string, names: Names): void {
  const candidates = () => argument.argChoices?.map(plain) ?? names.argument(argument.name(), path)
  node.argument(argument.name(), offering(candidates), argument.variadic)
}

const plain = (value: string): Candidate => ({ value, about: '' })

const offering =
  (candidates: () => readonly Candidate[]) => (complete: (value: string, about: string) => void) => {
    for (const { value, about } of candidates()) complete(value, about)
  }

/** The library writes with console.log alone; this gives what it writes to whoever has a port for it. */
function printed(write: () => void): string {
  const { log } = console
  const lines: string[] = []
  console.log = (line: string) => {
    lines.push(line)
  }
  try {
    write()
  } finally {
    console.log = log
  }
  return `${lines.join('\n')}\n`
}
