// What the file system answers, in words that a user understands.
import { IoError } from '../../io.ts'

export const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EEXIST: 'there is a file of that name',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than this process may write',
  EIO: 'the device failed',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ERR_INVALID_ARG_VALUE: 'no file can have that name',
}

/** The error with its reason in words, where it comes from the file system. */
export function explained(path: string, error: unknown): Error {
  if (error instanceof IoError) return error
  const code = codeOf(error)
  if (code === undefined) return error instanceof Error ? error : new Error(String(error))
  return new IoError(path, REASONS[code] ?? code)
}

/** Such as ENOENT; undefined where the error has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
