// Runs the real command line in process, with captured streams and no terminal.
import { main } from '../../src/cli/main.ts'
import { nodeIo } from '../../src/cli/node/io.ts'
import type { CliIo, Ports } from '../../src/cli/ports.ts'

export interface CliSetting {
  readonly io?: CliIo
  readonly env?: Readonly<Record<string, string>>
  readonly isTTY?: boolean
  /** Of the terminal. */
  readonly columns?: number
  /** What the clock reads, again and again, in milliseconds; it stands still unless told otherwise. */
  readonly nowMs?: () => number
  /** Presses Ctrl-C when the command lets events in. */
  readonly interrupt?: boolean
}

export interface Written {
  stdout: string
  stderr: string
}

export function capturedPorts(setting: CliSetting = {}): { ports: Ports; written: Written } {
  const written: Written = { stdout: '', stderr: '' }
  const capture = (name: 'stdout' | 'stderr') => ({
    isTTY: setting.isTTY ?? false,
    columns: setting.columns,
    write: (text: string) => {
      written[name] += text
      return true
    },
  })
  let interrupt = () => {}
  const ports: Ports = {
    io: setting.io ?? nodeIo,
    stdout: capture('stdout'),
    stderr: capture('stderr'),
    env: setting.env ?? {},
    version: '1.2.3',
    nowMs: setting.nowMs ?? (() => 0),
    yieldToEvents: async () => {
      if (setting.interrupt) interrupt()
    },
    onInterrupt: (callback) => {
      interrupt = () => callback({ exitCode: 130, word: 'interrupted' })
      return () => {}
    },
  }
  return { ports, written }
}

export interface CliRun extends Readonly<Written> {
  readonly exitCode: number
}

export async function runCli(argv: readonly string[], setting: CliSetting = {}): Promise<CliRun> {
  const { ports, written } = capturedPorts(setting)
  const exitCode = await main(argv, ports)
  return { exitCode, ...written }
}
