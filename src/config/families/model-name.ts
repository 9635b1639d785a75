// What a model is called that a Hugging Face config.json describes: never after its family.

/** A folder of the download cache, which is called after a commit. */
const CACHED = /(?:^|\/)models--[^/]+--([^/]+)\/snapshots\/[^/]+$/
const MOST_CHARACTERS = 200

/** The last part of `_name_or_path`, or the folder of a config.json, or else the file's name without extension. */
export function modelName(file: string, nameOrPath: unknown): string {
  const parts = file.replaceAll('\\', '/').split('/')
  const own = parts.at(-1)!.replace(/\.[^.]*$/, '')
  const folder = parts.slice(0, -1).join('/')
  const isConfig = own.toLowerCase() === 'config'
  return nameIn(nameOrPath) ?? (isConfig ? (CACHED.exec(folder)?.[1] ?? nameIn(folder)) : undefined) ?? own
}

function nameIn(path: unknown): string | undefined {
  if (typeof path !== 'string') return undefined
  const last = path.replaceAll('\\', '/').replace(/\/+$/, '').split('/').at(-1)!
  const isName = /[\p{L}\p{N}]/u.test(last) && !/\p{C}/u.test(last) && last.length <= MOST_CHARACTERS
  return isName ? last : undefined
}
