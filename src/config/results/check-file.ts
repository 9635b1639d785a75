// Validates one config file of any kind without running anything.
import { type Diagnostic, finding, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import { canonicalExperiment } from '../canonical.ts'
import type { ConfigDocument } from '../document.ts'
import { readHardware } from '../hardware/hardware.ts'
import { configName, openFile } from '../library.ts'
import { resolveExperiment } from '../load.ts'
import { readModelDocument } from '../model/model.ts'
import type { ConfigKind } from '../schema.ts'
import { part, viewOf } from '../view.ts'

export interface ConfigCheck {
  /** Undefined where the file could not be read, or has nothing that tells. */
  readonly kind: ConfigKind | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** The config with all defaults filled in; absent where there are errors. */
  readonly resolved?: unknown
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

/** Reads a file, tells its kind from its keys and validates it; an experiment with all that it names. */
export async function validateConfig(io: Io, path: string): Promise<ConfigCheck> {
  let kind: ConfigKind | undefined
  try {
    const document = await openFile(io, path)
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
    return { kind, ...(await check(io, kind, path, document)) }
  } catch (error) {
    if (error instanceof UserError) return { kind, diagnostics: error.diagnostics }
    throw error
  }
}

async function check(
  io: Io,
  kind: ConfigKind,
  path: string,
  document: ConfigDocument,
): Promise<Omit<ConfigCheck, 'kind'>> {
  if (kind === 'hardware')
    return { diagnostics: [], resolved: readHardware(viewOf(document), configName(path), undefined) }
  if (kind === 'model') {
    const { model, warnings } = readModelDocument(document, path)
    return { diagnostics: warnings, resolved: model }
  }
  const { experiment, warnings } = await resolveExperiment(io, document, configName(path), {
    flags: {},
    sets: [],
  })
  return { diagnostics: warnings, resolved: canonicalExperiment(experiment) }
}

function kindOf(value: unknown): ConfigKind | undefined {
  const scores = (Object.keys(TELLING_KEYS) as ConfigKind[]).map((kind) => ({
    kind,
    score: TELLING_KEYS[kind].filter((key) => part(value, [key]) !== undefined).length,
  }))
  const best = scores.reduce((a, b) => (b.score > a.score ? b : a))
  return best.score > 0 ? best.kind : undefined
}
