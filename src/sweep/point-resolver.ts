// From what the axes of a sweep are set to at a point to the experiment that runs there.
import type { ConfigDocument } from '../config/document.ts'
import type { Experiment } from '../config/experiment/experiment.ts'
import { setOverrides } from '../config/flags.ts'
import { openConfig } from '../config/library.ts'
import { type ConfigOpener, type ExperimentRequest, resolveExperiment } from '../config/load.ts'
import type { Override } from '../config/view.ts'
import type { Diagnostic } from '../errors.ts'
import type { Io } from '../io.ts'
import type { AxisGroup, AxisValue } from './axes.ts'

/** What one axis is set to. */
export interface Setting {
  readonly path: string
  readonly value: AxisValue
}

/** Combination number `index` of all; the last group varies fastest. */
export function combination(groups: readonly AxisGroup[], index: number): Setting[] {
  const settings: Setting[][] = []
  let rest = index
  for (const group of groups.toReversed()) {
    const { length } = group[0]!.values
    const place = rest % length
    rest = Math.floor(rest / length)
    settings.push(group.map(({ path, values }) => ({ path, value: values[place]! })))
  }
  return settings.toReversed().flat()
}

export const labelOf = ({ path, value }: Setting) => `sweep axis ${path}=${value.written}`

/** Resolves points of one experiment file: the files that they name are read and parsed once. */
export class PointResolver {
  private readonly io: Io
  private readonly document: ConfigDocument
  private readonly name: string
  /** Read once; where one of them is wrong the texts go along with every point, which says so. */
  private readonly sets: Pick<ExperimentRequest, 'sets' | 'overrides'>
  private readonly opened = new Map<string, Promise<ConfigDocument>>()

  /** `io`: looks at files once, as they are asked for at every point. */
  constructor(io: Io, document: ConfigDocument, name: string, sets: readonly string[]) {
    this.io = io
    this.document = document
    this.name = name
    const { overrides, findings } = setOverrides(sets)
    this.sets = findings.length > 0 ? { sets } : { sets: [], overrides }
  }

  async resolve(settings: readonly Setting[]): Promise<{ experiment: Experiment; warnings: Diagnostic[] }> {
    const overrides = settings.map((setting): Override => {
      const { path, value } = setting
      return { path: path.split('.'), value: value.value, label: labelOf(setting), written: value.written }
    })
    // Checked already, and no part of a point.
    const noSweep: Override = { path: ['sweep'], value: undefined, label: 'sweep', written: '' }
    const { sets, overrides: fromSets = [] } = this.sets
    const request = { flags: {}, sets, overrides: [...fromSets, noSweep, ...overrides] }
    return await resolveExperiment(this.io, this.document, this.name, request, this.open)
  }

  private readonly open: ConfigOpener = (io, kind, nameOrPath, from) => {
    const key = `${kind} ${nameOrPath}`
    const known = this.opened.get(key)
    if (known !== undefined) return known
    const opening = openConfig(io, kind, nameOrPath, from)
    this.opened.set(key, opening)
    // A failure names the place that asked, so the next one that asks has its own.
    opening.catch(() => this.opened.delete(key))
    return opening
  }
}
