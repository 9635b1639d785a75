// Writing a result to a file: checked early, written whole, announced on stderr.
import { dirname } from 'node:path'
import { fail } from '../errors.ts'
import { type FileContent, IoError } from '../io.ts'
import { visible } from '../visible.ts'
import type { Session } from './session.ts'

/** Fails now rather than after a simulation where `file` cannot be written. */
export async function assertWritable(session: Session, file: string): Promise<void> {
  await explainingIo(file, () => session.io.assertWritable(file))
}

export async function writeFile(
  session: Session,
  file: string,
  content: FileContent,
  isQuiet = false,
): Promise<void> {
  session.throwIfInterrupted()
  await explainingIo(file, () => session.io.write(file, content))
  if (!isQuiet) session.note(`wrote ${visible(file)}`)
}

/** Makes the folder that a file is to lie in. Throws UserError. */
export async function makeFolderOf(session: Session, file: string): Promise<void> {
  await explainingIo(file, () => session.io.makeDirectory(dirname(file)))
}

async function explainingIo(file: string, action: () => Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (error instanceof IoError) fail('file', { action: 'write', reason: error.reason }, { file })
    throw error
  }
}
