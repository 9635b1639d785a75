// The licences of the packages that a bundle has inside, one after the other; packages of one author often share one text.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Writes licences.txt into the folder of a bundle. `metafile`: what esbuild says of it. */
export function writeLicences(root, metafile, folder) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
  const packages = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? ''))
  packages.delete('')
  const namesByText = new Map()
  for (const folder of [...packages].sort()) {
    const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e\b/i.test(name))
    if (file === undefined) throw new Error(`${folder} has no licence file`)
    const text = readFileSync(join(root, folder, file), 'utf8').trim()
    namesByText.set(text, [...(namesByText.get(text) ?? []), basename(folder)])
  }
  const licences = [...namesByText].map(([text, names]) => `${names.join(', ')}\n\n${text}\n`)
  writeFileSync(join(folder, 'licences.txt'), licences.join('\n---\n\n'))
}
