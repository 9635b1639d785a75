// Builds the source as it is now, for the tests and for `npm run dev`. Every state of it has a folder of its own: no run
// meets an older build, nor one that another run is making.
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** What a build is made of, beside the packages, which the lock file stands for. */
const INPUTS = ['src', 'bin', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
/** What is there besides dist, as in the published package. */
const COPIED = ['bin/moesim.js', 'package.json']
const LINKED = ['configs', 'traces']
/** A build that no run has asked for so long goes when the next one is made. */
const KEPT_MS = 24 * 3600 * 1000

/** The folder of a whole package (bin, dist, configs, traces) made of the source below root; made if need be. */
export function buildFromSource(root = ROOT) {
  const builds = join(root, 'node_modules', '.cache', 'moesim')
  while (true) {
    const state = stateOf(root)
    const build = join(builds, state)
    if (isThere(build)) return build
    mkdirSync(builds, { recursive: true })
    removeOld(builds)
    const scratch = join(builds, `.${randomUUID()}`)
    try {
      make(root, scratch)
      // Someone may have edited the source meanwhile.
      if (stateOf(root) === state) publish(scratch, build)
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  }
}

/** Marks it as used, so that no other run removes it now. */
function isThere(build) {
  try {
    utimesSync(build, new Date(), new Date())
    return true
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

function stateOf(root) {
  const hash = createHash('sha256')
  for (const path of INPUTS.flatMap((input) => filesBelow(root, input))) {
    const content = readFileSync(join(root, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 16)
}

function filesBelow(root, path) {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  const names = readdirSync(join(root, path)).sort()
  return names.flatMap((name) => filesBelow(root, `${path}/${name}`))
}

function make(root, folder) {
  const run = (...argv) => execFileSync(process.execPath, argv, { cwd: root, stdio: ['ignore', 2, 2] })
  // Types are checked elsewhere: half of the time is theirs.
  run(
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.build.json',
    '--noCheck',
    '--outDir',
    join(folder, 'dist'),
  )
  run('src/report/page/client/make.mjs', join(folder, 'dist', 'client'))
  run('bin/bundle.mjs', join(folder, 'dist', 'bundle'))
  for (const path of COPIED) cpSync(join(root, path), join(folder, path))
  for (const path of LINKED) symlinkSync(join(root, path), join(folder, path), 'junction')
}

/** Another run may have published the same in the meantime, which is as good. */
function publish(scratch, build) {
  try {
    renameSync(scratch, build)
  } catch (error) {
    if (!existsSync(build)) throw error
  }
}

function removeOld(builds) {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name)
    const usedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    if (usedMs !== undefined && Date.now() - usedMs > KEPT_MS) rmSync(path, { recursive: true, force: true })
  }
}
