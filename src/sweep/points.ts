// From an experiment file and its axes to the points of a sweep: every combination, resolved, constrained and named.
import { canonicalExperiment } from '../config/canonical.ts'
import type { ConfigDocument } from '../config/document.ts'
import type { Experiment } from '../config/experiment/experiment.ts'
import { setOverrides } from '../config/flags.ts'
import { configName, openConfig } from '../config/library.ts'
import { type ConfigOpener, type ExperimentRequest, resolveExperiment } from '../config/load.ts'
import type { Override } from '../config/view.ts'
import { type Diagnostic, fail, finding, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { canonicalJson } from '../run/canonical-json.ts'
import { type AxisGroup, type AxisValue, readAxes } from './axes.ts'
import { readConstraints } from './constraints.ts'

/** Most combinations that a sweep may have, before constraints. */
const MAX_POINTS = 100_000
/** A mistake in one axis shows at every point: beyond so many findings nothing new is said. */
const MAX_FINDINGS = 20

export interface SweepRequest {
  /** Path or bundled name of the experiment file. */
  readonly file: string
  readonly sets: readonly string[]
  /** `path=v1,v2` texts. */
  readonly axes: readonly string[]
  /** Texts such as `latency <= 6 ms`, beside those of the file. */
  readonly constraints?: readonly string[]
}

export interface SweepPoint {
  /** SHA-256 of the canonical form of its experiment. */
  readonly id: string
  /** As written, in the order of the axes. */
  readonly values: readonly string[]
  readonly experiment: Experiment
}

export interface SweepPlan {
  readonly name: string
  /** Paths of the axes. */
  readonly axes: readonly string[]
  /** In the order of the sweep: the last axis varies fastest. */
  readonly points: readonly SweepPoint[]
  /** Limits of the results that are shown, as written. */
  readonly limits: readonly string[]
  /** Combinations that break a constraint. */
  readonly leftOut: number
  /** Combinations whose experiment an earlier point has. */
  readonly repeated: number
  readonly warnings: readonly Diagnostic[]
}

/** Reads every file once, whatever the number of points. Throws UserError with all that is wrong with any point. */
export async function planSweep(io: Io, request: SweepRequest): Promise<SweepPlan> {
  const { file, sets } = request
  const document = await openConfig(io, 'experiments', file)
  const { groups, constraints: written } = readAxes(document, sets, request.axes)
  const typed = (request.constraints ?? []).map((text) => ({ text, place: { file: `--constraint ${text}` } }))
  const constraints = readConstraints([...written, ...typed])
  const combinations = groups.reduce((product, group) => product * group[0]!.values.length, 1)
  if (combinations > MAX_POINTS) {
    const what = `${combinations} combinations of axis values; at most ${MAX_POINTS} make a sweep`
    fail('usage', { what, hint: 'shorten an axis, or split the sweep into several files' }, { file })
  }
  const resolver = new PointResolver(io, document, configName(file), sets)
  const points = new Map<string, SweepPoint>()
  const broken = new BrokenPoints()
  const warnings = new Map<string, Diagnostic>()
  let [leftOut, repeated] = [0, 0]
  for (let index = 0; index < combinations; index++) {
    await io.interruption.checkpoint()
    const settings = combination(groups, index)
    try {
      const resolved = await resolver.resolve(settings)
      for (const warning of resolved.warnings) warnings.set(JSON.stringify(warning), warning)
      const { experiment } = resolved
      if (constraints.onPoints.some((constraint) => !constraint.holds(experiment))) {
        leftOut++
        continue
      }
      const id = idOf(io, experiment)
      if (points.has(id)) repeated++
      else points.set(id, { id, values: settings.map(({ value }) => value.written), experiment })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      broken.add(error.diagnostics, settings)
      if (broken.isEnough) break
    }
  }
  broken.throwIfAny()
  if (points.size === 0) {
    const what = `none of ${combinations} combinations keeps all constraints`
    fail('conflict', { what, hint: 'relax a constraint, or widen an axis' }, { file })
  }
  return {
    name: [...points.values()][0]!.experiment.name,
    axes: groups.flat().map(({ path }) => path),
    points: [...points.values()],
    limits: constraints.onResults,
    leftOut,
    repeated,
    warnings: [...warnings.values()],
  }
}

function idOf(io: Pick<Io, 'hash'>, experiment: Experiment): string {
  const hash = io.hash()
  hash.update(canonicalJson(canonicalExperiment(experiment)))
  return hash.hex()
}

/** What one axis is set to. */
interface Setting {
  readonly path: string
  readonly value: AxisValue
}

/** Combination number `index` of all; the last group varies fastest. */
function combination(groups: readonly AxisGroup[], index: number): Setting[] {
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

const labelOf = ({ path, value }: Setting) => `sweep axis ${path}=${value.written}`

/** Resolves points of one experiment file: the files that they name are read and parsed once. */
class PointResolver {
  private readonly io: Io
  private readonly document: ConfigDocument
  private readonly name: string
  /** Read once; where one of them is wrong the texts go along with every point, which says so. */
  private readonly sets: Pick<ExperimentRequest, 'sets' | 'overrides'>
  private readonly opened = new Map<string, Promise<ConfigDocument>>()

  constructor(io: Io, document: ConfigDocument, name: string, sets: readonly string[]) {
    this.io = lookingOnce(io)
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

/** What stands where does not change while a sweep is planned. */
function lookingOnce(io: Io): Io {
  const stats = new Map<string, ReturnType<Io['stat']>>()
  const lists = new Map<string, ReturnType<Io['list']>>()
  const once = <T>(map: Map<string, T>, path: string, look: () => T): T => {
    if (!map.has(path)) map.set(path, look())
    return map.get(path)!
  }
  return {
    ...io,
    stat: (path) => once(stats, path, () => io.stat(path)),
    list: (path) => once(lists, path, () => io.list(path)),
  }
}

/** Findings of all points, each once, with the place of the axis value that they are about. */
class BrokenPoints {
  private readonly findings = new Map<string, Diagnostic>()
  private first: readonly Setting[] = []
  private count = 0

  get isEnough(): boolean {
    return this.findings.size >= MAX_FINDINGS
  }

  add(diagnostics: readonly Diagnostic[], settings: readonly Setting[]): void {
    if (this.count++ === 0) this.first = settings
    for (const diagnostic of diagnostics) {
      const setting = settings.find((one) => labelOf(one) === diagnostic.file)
      const place = diagnostic.code === 'unknown-key' ? 'keyPlace' : 'place'
      const placed = setting === undefined ? diagnostic : { ...diagnostic, ...setting.value[place] }
      this.findings.set(JSON.stringify(placed), placed)
    }
  }

  throwIfAny(): void {
    if (this.count === 0) return
    const at = this.first.map(({ path, value }) => `${path}=${value.written}`).join(', ')
    const what = `the sweep has points that are no experiment; the first is ${at}`
    const hint = 'mend or leave out the values above; values that belong together go under zip'
    throw new UserError([...this.findings.values(), finding('conflict', { what, hint })])
  }
}
