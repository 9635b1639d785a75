// What was typed, as a line for the shell that can be typed again.
import type { Command } from 'commander'

/** Without the options named in `leftOut` (long names such as `output`), such as those that only say where results go. */
export function commandLine(command: Command, leftOut: readonly string[] = []): string {
  const chain = chainTo(command)
  const words = chain.flatMap((each) => optionWords(each, leftOut))
  return [...chain.map((each) => each.name()), ...command.args, ...words].map(shellWord).join(' ')
}

/** `moesim`, `sweep`, `merge` ...: a command's option may be parsed as one of those above it. */
function chainTo(command: Command): Command[] {
  return [...(command.parent === null ? [] : chainTo(command.parent)), command]
}

function optionWords(command: Command, leftOut: readonly string[]): string[] {
  return command.options.flatMap((option): string[] => {
    const name = option.attributeName()
    if (leftOut.includes(option.name()) || command.getOptionValueSource(name) !== 'cli') return []
    const value: unknown = command.getOptionValue(name)
    if (typeof value === 'boolean') return [option.long!]
    const values = Array.isArray(value) ? value.map(String) : [String(value)]
    return values.flatMap((text) => [option.long!, text])
  })
}

/** Quoted where a POSIX shell would read more than a word into it. */
function shellWord(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
