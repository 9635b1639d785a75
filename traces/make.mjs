// Makes the traces that ship with moesim from shipped.json: `npm run traces`.
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { formatNativeCsv } from '../dist/trace/formats/native/writer.js'
import { generateRouting } from '../dist/trace/synth/generator.js'

const io = {
  hash() {
    const hash = createHash('sha256')
    return { update: (data) => hash.update(data), hex: () => hash.digest('hex') }
  },
}

const here = (file) => new URL(file, import.meta.url)

for (const { file, about, seed, shape, spec } of JSON.parse(await readFile(here('shipped.json'), 'utf8'))) {
  const source = generateRouting(io, spec, shape, seed)
  const comments = [`synthetic routing: ${about}`, `made by: npm run traces, ${source.label}`]
  const text = [...formatNativeCsv(source, comments)].join('')
  await writeFile(here(file), file.endsWith('.gz') ? stableGzip(text) : text)
}

/** Gzip whose header names neither time nor operating system, so that equal content gives equal bytes. */
function stableGzip(text) {
  const bytes = gzipSync(text, { level: 9 })
  bytes.fill(0, 4, 8)
  bytes[9] = 255
  return bytes
}
