// The steps of `moesim place` before it places: model, source, machine, what is made from what.

import { blockOf } from '../../block-of.ts'
import { loadHardware } from '../../config/hardware/hardware.ts'
import { loadModel } from '../../config/model/model.ts'
import { readExpertMap } from '../../config/placement/forms.ts'
import { fail } from '../../errors.ts'
import { type Package, packageOf } from '../../hardware/package.ts'
import type { ModelShape } from '../../model/shape.ts'
import type { AlgorithmId } from '../../place/algorithm-ids.ts'
import { ALGORITHMS } from '../../place/algorithms.ts'
import { pairCounts } from '../../place/pairs.ts'
import { isPlainCounts, readPlainCounts } from '../../place/read-counts.ts'
import { readPlaceSource } from '../../place/read-source.ts'
import { type PlaceSource, type Span, unitsOf } from '../../place/source.ts'
import { isEmpty, type StudySetting } from '../../place/study.ts'
import { channelOf } from '../../schedulers/channels.ts'
import { assertWeightsFit, countHomes } from '../../schedulers/memory-fit.ts'
import type { Slots } from '../../schedulers/placements/search/problem.ts'
import { expectationOf } from '../../trace/expectation.ts'
import type { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { expectationFor } from '../trace/files.ts'
import { nodeGroupsOf, type PlaceChoice } from './choice.ts'
import type { PlaceOptions } from './options.ts'

/** Throws UserError where hardware is named and no model. */
export async function modelOf(session: Session, options: PlaceOptions): Promise<ModelShape | undefined> {
  if (options.model !== undefined) return loadModel(session.io, options.model)
  if (options.hardware === undefined) return undefined
  return fail('usage', {
    what: '--hardware needs the size of an expert',
    hint: 'name the model: --model NAME or a config.json; or give --devices N in its place',
  })
}

interface SourceRequest {
  readonly path: string
  readonly options: PlaceOptions
  readonly model: ModelShape | undefined
  readonly progress: Progress
}

/** Throws UserError. */
export async function openSource(session: Session, request: SourceRequest): Promise<PlaceSource> {
  const { path, options, model, progress } = request
  const { from } = options
  if (from === undefined && (await isPlainCounts(session.io, path))) {
    return readPlainCounts(session.io, path, model && expectationOf(model))
  }
  const expectation = model ? expectationOf(model) : await expectationFor(session, { path, from })
  return readPlaceSource(session.io, path, expectation, { from, onProgress: progress.traceRead })
}

export interface Machine {
  readonly devices: number
  readonly slots: number
  /** Absent: devices of which nothing is known. */
  readonly pkg?: Package | undefined
}

interface MachineRequest {
  readonly options: PlaceOptions
  readonly choice: PlaceChoice
  readonly model: ModelShape | undefined
  readonly source: PlaceSource
}

/** Throws UserError, also where the slots do not fit the memory. */
export async function packageFor(session: Session, request: MachineRequest): Promise<Machine> {
  const { options, choice, model } = request
  const { experts } = request.source
  if (options.hardware === undefined || model === undefined) {
    const devices = choice.devices!
    return { devices, slots: choice.slots ?? defaultSlots(experts, devices) }
  }
  const hardware = await loadHardware(session.io, options.hardware, [], model)
  const pkg = packageOf({ hardware, model, compat: 'physical' })
  const channel = channelOf(pkg)
  const { dies } = pkg.topology
  const slots = choice.slots ?? defaultSlots(experts, dies)
  const held = [...pkg.topology.order].flatMap((die) => Array<number>(slots).fill(channel(die)))
  const copies = slots - Math.ceil(experts / dies)
  assertWeightsFit(pkg, countHomes(Int32Array.from(held), dies), copies)
  return { devices: dies, slots, pkg }
}

/** Room for all experts and for one copy on each device. */
function defaultSlots(experts: number, devices: number): number {
  return Math.min(experts, Math.ceil(experts / devices) + 1)
}

interface Spans {
  readonly fit: Span
  readonly judge: Span | undefined
}

const ALL: Span = { from: 0, to: 1 }

/** What is made from what, and judged on what. Throws UserError. */
export function spansOf(source: PlaceSource, { fit, judge }: PlaceChoice): Spans {
  const { kind, count } = source.units
  if (kind === 'whole') {
    if (fit === undefined && judge === undefined) return { fit: ALL, judge: undefined }
    const hint = 'leave --fit and --judge out, or give a trace, or counts by step'
    return fail('usage', { what: 'these counts are one sum and cannot be cut', hint }, { file: source.path })
  }
  const spans = { fit: fit ?? { from: 0, to: judge?.from || 0.5 }, judge: judge ?? laterThan(fit) }
  for (const [flag, span] of [
    ['--fit', spans.fit],
    ['--judge', spans.judge],
  ] as const) {
    if (span === undefined || !isEmpty(source, span)) continue
    const what: string = `${flag} ${span.from}..${span.to} holds none of the ${count} ${kind}`
    fail('usage', { what, hint: 'take a larger part' }, { file: source.path })
  }
  return spans
}

/** What comes after the part that a placement is made from; nothing where that goes to the end. */
function laterThan(fit: Span | undefined): Span | undefined {
  const from = fit?.to ?? 0.5
  return from === 1 ? undefined : { from, to: 1 }
}

interface StudyRequest extends MachineRequest {
  readonly machine: Machine
  readonly spans: Spans
}

/** Throws UserError. */
export async function studyOf(session: Session, request: StudyRequest): Promise<StudySetting> {
  const { options, choice, model, source, machine, spans } = request
  const { devices, slots, pkg } = machine
  const { algorithm } = choice
  // A window holds something: where there are fewer units than windows were asked for, each is one.
  const judged = spans.judge && unitsOf(spans.judge, source.units.count)
  const windows = judged ? Math.min(choice.windows, judged[1] - judged[0]) : choice.windows
  const byNode = algorithm === 'eplb' ? nodeGroupsOf(choice, model?.router?.groups) : undefined
  const order = pkg?.topology.order ?? Int32Array.from({ length: devices }, (_, device) => device)
  const { experts, layers, allLayers } = source
  const current =
    options.current === undefined
      ? layers.map(() => blocks(experts, devices))
      : (
          await readExpertMap(session.io, options.current, {
            ...{ model: source.model ?? 'of these counts', experts, moeLayers: layers, layers: allLayers },
            ...{ devices, hardware: pkg?.hardware.name ?? '--devices', order },
          })
        ).slots
  const seconds = choice.seconds / layers.length
  const tokens = source.tokens
  const pairsOf = tokens && ((layer: number) => pairCounts(tokens, layer, spans.fit))
  assertNeeds(algorithm, pkg, source)
  return {
    ...{ algorithm, devices, slots, windows, byNode, seconds, current, ...spans },
    ...{ pkg, pairsOf, tokens: choice.tokens },
  }
}

function assertNeeds(algorithm: AlgorithmId, pkg: Package | undefined, source: PlaceSource): void {
  const { needs } = ALGORITHMS[algorithm]
  if (needs !== undefined && pkg === undefined) {
    const hint = 'name it: --hardware NAME --model NAME'
    fail('usage', { what: `the algorithm ${algorithm} needs to know the machine`, hint })
  }
  if (needs === 'machine and tokens' && source.tokens === undefined) {
    const hint = 'give a trace that has tokens, or use another algorithm'
    fail('usage', { what: `the algorithm ${algorithm} needs to know which experts a token chose`, hint })
  }
}

/** Experts in id order, in blocks as equal as can be: `contiguous` of runs. */
function blocks(experts: number, devices: number): Slots {
  const slots: number[][] = Array.from({ length: devices }, () => [])
  for (let expert = 0; expert < experts; expert++) slots[blockOf(expert, experts, devices)]!.push(expert)
  return slots
}
