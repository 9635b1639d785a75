// Writes the JSON Schema of each kind of config beside this file, from the compiled sources (npm run schemas).
import { writeFileSync } from 'node:fs'
import { CONFIG_KINDS, jsonSchema } from '../../dist/config/schema.js'

for (const kind of CONFIG_KINDS) {
  const text = `${JSON.stringify(jsonSchema(kind), null, 2)}\n`
  writeFileSync(new URL(`${kind}.schema.json`, import.meta.url), text)
}
