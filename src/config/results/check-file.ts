// Validates one config of any kind, a file or a bundled one, without running anything.
import { type Diagnostic, finding, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { ConfigDocument } from '../document.ts'
import { configYaml, filledExperiment, filledHardware, filledModel } from '../filled/filled.ts'
import { readHardware } from '../hardware/hardware.ts'
import { hardwareWarnings, roundedTimes } from '../hardware/warnings.ts'
import { bundledKind, configName, isPath, openConfig, openFile } from '../library.ts'
import { type ExperimentRequest, resolveExperiment } from '../load.ts'
import { readModelDocument } from '../model/model.ts'
import type { ConfigKind } from '../schema.ts'
import { part, viewOf } from '../view.ts'

export interface ConfigCheck {
  /** Undefined where the file could not be read, or has nothing that tells. */
  readonly kind: ConfigKind | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** A config file with all defaults filled in, which means the same; absent where there are errors. */
  readonly filled?: string
}

const TELLING_KEYS: Readonly<Record<ConfigKind, readonly string[]>> = {
  experiment: ['hardware', 'model', 'workload', 'schedulers', 'trace', 'generator', 'baseline'],
  hardware: ['topology', 'link', 'compute', 'memory', 'sram', 'llc', 'activations'],
  model: [
    'model_type',
    'architectures',
    'experts',
    'top_k',
    'hidden',
    'expert_intermediate',
    'moe_layers',
    'layers',
  ],
}

/** What else is laid over an experiment. */
type Changes = Omit<ExperimentRequest, 'file'>

const NONE: Changes = { flags: {}, sets: [] }

/**
 * Reads a file or a bundled config, tells its kind from its keys and validates it; an experiment with all that it names and
 * with `changes`, which other kinds take none of.
 */
export async function validateConfig(io: Io, path: string, changes = NONE): Promise<ConfigCheck> {
  let kind: ConfigKind | undefined
  try {
    const document = await openAny(io, path)
    kind = kindOf(document.value)
    if (kind === undefined) {
      const keys = Object.values(TELLING_KEYS).map(([a, b]) => `${a}, ${b}`)
      const expected = `a hardware, model or experiment config, told by keys such as ${keys.join('; ')}`
      const place = viewOf(document).place([], 'value')
      return {
        kind,
        diagnostics: [finding('bad-value', { where: 'the file', expected, got: 'something else' }, place)],
      }
    }
    return { kind, ...(await check(io, kind, path, document, changes)) }
  } catch (error) {
    if (error instanceof UserError) return { kind, diagnostics: error.diagnostics }
    throw error
  }
}

/** A file by its path, or a bundled config of any kind by its name. Throws UserError. */
async function openAny(io: Io, nameOrPath: string): Promise<ConfigDocument> {
  const isFile = isPath(nameOrPath) || (await io.stat(nameOrPath)) !== undefined
  if (isFile) return openFile(io, nameOrPath)
  return openConfig(io, await bundledKind(io, nameOrPath, 'file or bundled config'), nameOrPath)
}

async function check(
  io: Io,
  kind: ConfigKind,
  path: string,
  document: ConfigDocument,
  changes: Changes,
): Promise<Omit<ConfigCheck, 'kind'>> {
  if (kind === 'hardware') {
    const view = viewOf(document)
    const hardware = readHardware(view, configName(path), undefined)
    const filled = configYaml(filledHardware(document.value, hardware))
    return { diagnostics: [...hardwareWarnings(view), ...roundedTimes(view)], filled }
  }
  if (kind === 'model') {
    const { model, warnings, written } = readModelDocument(document, path)
    return { diagnostics: warnings, filled: configYaml(filledModel(written, model.name)) }
  }
  const loaded = await resolveExperiment(io, document, configName(path), changes)
  const filled = configYaml(filledExperiment(io, loaded.experiment, loaded.written))
  return { diagnostics: [...loaded.warnings, ...loaded.notes()], filled }
}

function kindOf(value: unknown): ConfigKind | undefined {
  const scores = (Object.keys(TELLING_KEYS) as ConfigKind[]).map((kind) => ({
    kind,
    score: TELLING_KEYS[kind].filter((key) => part(value, [key]) !== undefined).length,
  }))
  const best = scores.reduce((a, b) => (b.score > a.score ? b : a))
  return best.score > 0 ? best.kind : undefined
}
