// From an experiment file and its axes to the points of a sweep: every combination, resolved, constrained and named.
import type { Experiment } from '../config/experiment/experiment.ts'
import { setOverrides } from '../config/flags.ts'
import { configName, openConfig } from '../config/library.ts'
import { type Diagnostic, fail, UserError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type AxisGroup, readAxes, type WrittenConstraint } from './axes.ts'
import { BrokenPoints } from './broken-points.ts'
import { readConstraints } from './constraints.ts'
import { type InputFile, InputFiles } from './input-files.ts'
import { PointIds } from './point-ids.ts'
import { combination, PointResolver } from './point-resolver.ts'
import { isOf, type Shard } from './shard.ts'

/** Most combinations that a sweep may have, before constraints. */
const MAX_POINTS = 100_000

export interface SweepRequest {
  /** Path or bundled name of the experiment file. */
  readonly file: string
  readonly sets: readonly string[]
  /** `path=v1,v2` texts. */
  readonly axes: readonly string[]
  /** Texts such as `latency <= 6 ms`, beside those of the file. */
  readonly constraints?: readonly string[]
}

interface NamedPoint {
  /** SHA-256 of the canonical form of its experiment. */
  readonly id: string
  /** As written, in the order of the axes. */
  readonly values: readonly string[]
}

export interface SweepPoint extends NamedPoint {
  readonly experiment: Experiment
}

export interface SweepPlan {
  readonly name: string
  /** Paths of the axes. */
  readonly axes: readonly string[]
  /** In the order of the sweep: the last axis varies fastest. */
  readonly points: readonly NamedPoint[]
  /** Those of the shard that the plan is made for; of the whole sweep where it is made for none. */
  readonly own: readonly SweepPoint[]
  /** Limits of the results that are shown, as written. */
  readonly limits: readonly string[]
  /** Combinations that break a constraint. */
  readonly leftOut: number
  /** Combinations whose experiment an earlier point has. */
  readonly repeated: number
  readonly warnings: readonly Diagnostic[]
  readonly source: SweepSource
}

/** All that a sweep can be planned from again, whatever becomes of its files. */
export interface SweepSource {
  readonly request: Required<SweepRequest>
  /** Those that the user wrote. */
  readonly files: readonly InputFile[]
  /** The number of each point among the combinations of its axes; absent: every combination is a point. */
  readonly combinations?: readonly number[] | undefined
}

/** An experiment and its axes, read but not yet combined. */
export interface OpenedSweep {
  readonly files: InputFiles
  readonly resolver: PointResolver
  readonly groups: readonly AxisGroup[]
  readonly constraints: readonly WrittenConstraint[]
}

/** Throws UserError where the file or an axis of it is broken. */
export async function openSweep(files: InputFiles, request: SweepRequest): Promise<OpenedSweep> {
  const { file, sets } = request
  const document = await openConfig(files.io, 'experiments', file)
  const { groups, constraints } = readAxes(document, sets, request.axes)
  assertNoneIsSet(groups, sets)
  const typed = (request.constraints ?? []).map((text) => ({ text, place: { file: `--constraint ${text}` } }))
  const resolver = new PointResolver(files.io, document, configName(file), sets)
  return { files, resolver, groups, constraints: [...constraints, ...typed] }
}

/** An axis goes over what is set beside it, which would change nothing. */
function assertNoneIsSet(groups: readonly AxisGroup[], sets: readonly string[]): void {
  const paths = new Set(groups.flat().map(({ path }) => path))
  const set = setOverrides(sets).overrides.find(({ path }) => paths.has(path.join('.')))
  if (set === undefined) return
  const what = `${set.path.join('.')} is an axis of the sweep, whose values go over what is set`
  fail('usage', { what, hint: 'give the axis this value alone, or leave --set out' }, { file: set.label })
}

/**
 * Reads every file once, whatever the number of points. `of`: the points that are to be run; absent: all. Throws UserError with
 * all that is wrong with any point.
 */
export async function planSweep(io: Io, request: SweepRequest, of?: Shard | 'none'): Promise<SweepPlan> {
  const { files, resolver, groups, constraints: written } = await openSweep(new InputFiles(io), request)
  const constraints = readConstraints(written)
  const { file } = request
  const combinations = groups.reduce((product, group) => product * group[0]!.values.length, 1)
  if (combinations > MAX_POINTS) {
    const what = `${combinations} combinations of axis values; at most ${MAX_POINTS} make a sweep`
    fail('usage', { what, hint: 'shorten an axis, or split the sweep into several files' }, { file })
  }
  const points = new Map<string, NamedPoint>()
  const own: SweepPoint[] = []
  const kept: number[] = []
  const ids = new PointIds(io)
  const broken = new BrokenPoints()
  const warnings = new Map<string, Diagnostic>()
  let [name, leftOut, repeated] = ['', 0, 0]
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
      const id = ids.idOf(experiment)
      if (points.has(id)) {
        repeated++
        continue
      }
      if (points.size === 0) name = experiment.name
      const point = { id, values: settings.map(({ value }) => value.written) }
      if (of !== 'none' && isOf(points.size, of)) own.push({ ...point, experiment })
      points.set(id, point)
      kept.push(index)
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
    name,
    axes: groups.flat().map(({ path }) => path),
    points: [...points.values()],
    own,
    limits: constraints.onResults,
    leftOut,
    repeated,
    warnings: [...warnings.values()],
    source: {
      request: { constraints: [], ...request },
      files: files.own(),
      combinations: kept.length === combinations ? undefined : kept,
    },
  }
}
