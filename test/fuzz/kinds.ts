// The kinds of cases, by the names that --kind takes.
import type fc from 'fast-check'
import { commandCases } from './commands.ts'
import { configCases } from './configs.ts'
import { fasterCases } from './faster.ts'
import { lawCases } from './machine-laws.ts'
import { resultCases } from './saved-files.ts'
import { traceCases } from './traces.ts'

export const KINDS: Readonly<Record<string, () => fc.IAsyncProperty<unknown>>> = {
  configs: configCases,
  traces: traceCases,
  commands: commandCases,
  results: resultCases,
  laws: lawCases,
  faster: fasterCases,
}
