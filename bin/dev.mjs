// Runs the source as it is now: npm run dev -- run --tokens 16. Stacks name the lines of src.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildFromSource } from './build.mjs'

const launcher = join(buildFromSource(), 'bin', 'moesim.js')
process.argv[1] = launcher
await import(pathToFileURL(launcher).href)
