// An experiment file with its flags and overrides to an Experiment: the one entry the commands use.
import { type Diagnostic, UserError } from '../errors.ts'
import type { HardwareSpec } from '../hardware/spec.ts'
import type { Io } from '../io.ts'
import type { ModelShape } from '../model/shape.ts'
import { Recent } from '../recent.ts'
import { visible } from '../visible.ts'
import type { ConfigDocument } from './document.ts'
import { checkBuffering, checkEndToEnd, idleBuffering, unmodelledParts } from './experiment/end-to-end.ts'
import type { Experiment } from './experiment/experiment.ts'
import { withPlacementFiles } from './experiment/placement-files.ts'
import { readRouting, routingOverrides, traceDropped } from './experiment/routing.ts'
import { misfitsOf, readBaseline, readSchedulers } from './experiment/scheduler-list.ts'
import { experimentSchema } from './experiment/schema.ts'
import { checkLayers, layerSelection, workloadSpec } from './experiment/workload.ts'
import { type ExperimentFlags, flagOverrides, setOverrides } from './flags.ts'
import { idealizedLikePaper, readHardware } from './hardware/hardware.ts'
import { hardwareWarnings, roundedTimes } from './hardware/warnings.ts'
import { besideFile, configName, isPath, openConfig } from './library.ts'
import { type ReadModel, readModel, readModelDocument } from './model/model.ts'
import { type Reporter, readWith, reporter, reportReserved, validFields } from './validate.ts'
import { type ConfigView, type Override, part, viewOf } from './view.ts'

export interface ExperimentRequest {
  /** Path or bundled name; absent: the bundled demo. */
  readonly file?: string | undefined
  readonly flags: ExperimentFlags
  /** `path.to.key=value` texts. */
  readonly sets: readonly string[]
  /** Laid over everything else, such as the values that a sweep gives a point. */
  readonly overrides?: readonly Override[]
}

/** Finds a config: openConfig, or one that remembers what it has opened. */
export type ConfigOpener = typeof openConfig

export interface LoadedExperiment {
  readonly experiment: Experiment
  readonly warnings: Diagnostic[]
  /** How numbers of its files are taken that cannot be taken as they are: nothing to warn of in every run. */
  notes(): readonly Diagnostic[]
  /** What its schedulers ask of hardware that does not have it: no run, though other points of a sweep may have one. */
  misfits(): readonly Diagnostic[]
  readonly written: WrittenExperiment
}

/** What an experiment was read from, in the keys and units of files, flags and overrides laid over it. */
export interface WrittenExperiment {
  readonly experiment: unknown
  readonly hardware: unknown
  readonly model: unknown
}

const DEMO = 'demo'

/** Loads and validates an experiment. Throws UserError with everything that is wrong in all of its files and flags. */
export async function loadExperiment(io: Io, request: ExperimentRequest): Promise<LoadedExperiment> {
  const nameOrPath = request.file ?? DEMO
  const document = await openConfig(io, 'experiments', nameOrPath)
  const loaded = await resolveExperiment(io, document, configName(nameOrPath), request)
  const misfits = loaded.misfits()
  if (misfits.length > 0) throw new UserError(misfits)
  return loaded
}

/** The same for an experiment file that is open already; `name` is what it is called where it has no name of its own. */
export async function resolveExperiment(
  io: Io,
  document: ConfigDocument,
  name: string,
  request: Omit<ExperimentRequest, 'file'>,
  open: ConfigOpener = openConfig,
): Promise<LoadedExperiment> {
  const flags = flagOverrides(request.flags, document.value)
  const sets = setOverrides(request.sets)
  const findings = [...flags.findings, ...sets.findings]
  const all = [...flags.overrides, ...sets.overrides, ...(request.overrides ?? [])]
  const { drops, isTraceDropped } = routingOverrides(document.value, all)
  const view = viewOf(document, [...drops, ...all.filter((o) => !isInsideNamed(o, all, document))])
  const inside = (key: string) =>
    all
      .filter((o) => o.path[0] === key && isInsideNamed(o, all, document))
      .map((o) => ({ ...o, path: o.path.slice(1) }))

  const source = { io, open, view, document }
  const report = reporter(view, 'experiment')
  const file = readWith(experimentSchema, view, 'experiment', report)
  reportReserved(part(view.value, ['sweep']), ['sweep'], report)
  const fields = file ?? validFields(experimentSchema, view.value)
  // Every part is read even where another is broken, so that one run shows all there is to mend.
  const read = await collect(report, () => partModel(source, inside('model')))
  const model = read?.model
  const machine = await collect(report, () => partHardware(source, inside('hardware'), model))
  const compat = fields.compat ?? 'physical'
  const schedulers = fields.schedulers ? readSchedulers(fields.schedulers, compat, view, report) : []
  const warnings: Diagnostic[] = [...(read?.warnings ?? []), ...(machine?.warnings ?? [])]
  // With a scheduler in error the list is not known, and a complaint about the baseline would be noise.
  const isWhole = schedulers.length > 0 && schedulers.length === fields.schedulers?.length
  const baseline = isWhole
    ? readBaseline(fields.baseline, schedulers, compat, { view, report })
    : schedulers[0]?.id
  // Without a valid seed nothing runs.
  const workload = fields.workload && workloadSpec(fields.workload, fields.seed ?? 0)
  const placed =
    isWhole && model && machine
      ? await withPlacementFiles(io, schedulers, {
          ...{ view, file: document.file, hardware: machine.hardware, model, report },
        })
      : schedulers
  const context = { view, file: document.file, model, workload, report }
  const routing = await collect(report, () => readRouting(io, fields, context))
  const layers = fields.layers && layerSelection(fields.layers)
  if (layers && model) checkLayers(layers, model, report)
  if (fields.end_to_end && model) {
    checkEndToEnd(model, report)
    warnings.push(...unmodelledParts(model))
  }
  if (layers) checkBuffering(schedulers, fields, layers, report)
  if (isTraceDropped && model)
    warnings.push(
      traceDropped(
        part(document.value, ['trace']),
        model.name,
        document.isBundled ? undefined : document.file,
      ),
    )

  if (workload) warnings.push(...idleBuffering(schedulers, workload))

  findings.push(...report.findings)
  if (findings.length > 0 || !file || !model || !machine || !routing || !workload || !layers || !baseline) {
    throw new UserError(findings)
  }
  const experiment: Experiment = {
    name: visible(file.name ?? name),
    hardware: compat === 'paper' ? idealizedLikePaper(machine.hardware) : machine.hardware,
    model,
    routing,
    workload,
    endToEnd: file.end_to_end && { contextTokens: file.end_to_end.context },
    optimum: file.optimum ? true : undefined,
    layers,
    schedulers: placed,
    baseline,
    seed: file.seed,
    seeds: file.seeds,
    jitter: file.jitter,
    compat,
    output: file.output,
  }
  const written = { experiment: view.value, hardware: machine.written, model: read?.written }
  const misfits = () => misfitsOf(experiment, view)
  return { experiment, warnings, notes: machine.notes, misfits, written }
}

/** An override of a key within hardware or model, where that is named (and so is a document of its own). */
function isInsideNamed(o: Override, all: readonly Override[], document: ConfigDocument): boolean {
  const [key] = o.path
  if (o.path.length < 2 || (key !== 'hardware' && key !== 'model')) return false
  const replaced = all.findLast((other) => other.path.length === 1 && other.path[0] === key)
  return typeof (replaced ? replaced.value : part(document.value, [key])) === 'string'
}

/** Runs one part; its user errors become findings. */
async function collect<T>(report: Reporter, read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    report.findings.push(...error.diagnostics)
    return undefined
  }
}

/** The path of a config named under `key`, if it is a path: what a file says is relative to that file. */
function located(text: string, key: string, view: ConfigView, document: ConfigDocument): string {
  const isFromFile = view.place([key], 'value').file === document.file
  return isPath(text) && isFromFile ? besideFile(text, document.file) : text
}

/** Where the parts of an experiment come from. */
interface Source {
  readonly io: Io
  readonly open: ConfigOpener
  readonly view: ConfigView
  readonly document: ConfigDocument
}

async function partModel(
  { io, open, view, document }: Source,
  overrides: readonly Override[],
): Promise<ReadModel | undefined> {
  const value = part(view.value, ['model'])
  if (typeof value === 'object' && value !== null) {
    const own = view.at(['model'])
    return { model: readModel(own, 'custom'), warnings: [], written: own.value }
  }
  if (typeof value !== 'string' || value === '') return undefined
  const nameOrPath = located(value, 'model', view, document)
  const opened = await open(io, 'models', nameOrPath, view.place(['model'], 'value'))
  if (overrides.length > 0) return readModelDocument(opened, nameOrPath, overrides)
  const known = readModels.get(opened)
  if (known !== undefined) return known
  const read = readModelDocument(opened, nameOrPath, overrides)
  readModels.set(opened, read)
  return read
}

/** Of documents read as they are: the points of a sweep mostly share one. */
const readModels = new WeakMap<ConfigDocument, ReadModel>()

interface ReadHardware {
  readonly hardware: HardwareSpec
  readonly warnings: readonly Diagnostic[]
  notes(): readonly Diagnostic[]
  readonly written: unknown
}

async function partHardware(
  { io, open, view, document }: Source,
  overrides: readonly Override[],
  model: ModelShape | undefined,
): Promise<ReadHardware | undefined> {
  const value = part(view.value, ['hardware'])
  const read = (own: ConfigView, name: string): ReadHardware => ({
    hardware: readHardware(own, name, model),
    warnings: hardwareWarnings(own),
    notes: () => roundedTimes(own),
    written: own.value,
  })
  if (typeof value === 'object' && value !== null) return read(view.at(['hardware']), 'custom')
  if (typeof value !== 'string' || value === '') return undefined
  const nameOrPath = located(value, 'hardware', view, document)
  const opened = await open(io, 'hardware', nameOrPath, view.place(['hardware'], 'value'))
  const readOpened = () => ({ model, ...read(viewOf(opened, overrides), configName(nameOrPath)) })
  const key = overrides.every(({ value }) => typeof value !== 'object') && textOf(overrides)
  if (key === false) return readOpened()
  if (!readHardwares.has(opened)) readHardwares.set(opened, new Recent(KEPT_HARDWARE))
  const known = readHardwares.get(opened)!.get(`${nameOrPath} ${key}`, readOpened)
  return known.model === model ? known : readOpened()
}

/** Of documents with values laid over them: points of a sweep that differ in other things share one. */
const readHardwares = new WeakMap<
  ConfigDocument,
  Recent<string, ReadHardware & { model?: ModelShape | undefined }>
>()
/** A few KB each. An axis that varies faster than others comes round once for each of their values. */
const KEPT_HARDWARE = 1000

const textOf = (overrides: readonly Override[]) =>
  JSON.stringify(overrides.map(({ path, value, label }) => [path, typeof value, String(value), label]))
