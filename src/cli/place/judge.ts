// The last steps of `moesim place`: what the placement does on the machine, and whether it pays.
import { type MachineStudy, studyMachine } from '../../place/machine-study.ts'
import { isAfter, type PlaceSource, type Span } from '../../place/source.ts'
import type { LayerStudy, StudySetting } from '../../place/study.ts'
import { type Verdict, verdictOf } from '../../place/verdict.ts'
import type { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import type { PlaceChoice } from './choice.ts'
import type { Machine } from './steps.ts'

interface JudgeRequest {
  readonly source: PlaceSource
  readonly choice: PlaceChoice
  readonly machine: Machine
  readonly study: StudySetting
  readonly layers: readonly LayerStudy[]
  readonly progress: Progress
}

/** undefined: devices alone are known. Throws UserError. */
export async function machineStudyOf(
  session: Session,
  { source, choice, machine, study, layers, progress }: JudgeRequest,
): Promise<MachineStudy | undefined> {
  if (machine.pkg === undefined) return undefined
  const { fit, judge, windows, current } = study
  const { tokens, mostLayers, schedulerOptions } = choice
  return studyMachine(source, layers, {
    ...{ pkg: machine.pkg, current, fit, judge, windows, tokens, mostLayers, options: schedulerOptions },
    checkpoint: () => session.checkpoint(),
    onWindow: (done, total) => progress.layersDone(done, total, 'timing steps'),
  })
}

interface VerdictRequest {
  readonly source: PlaceSource
  /** What the placement was made from. */
  readonly fit: Span
  readonly layers: readonly LayerStudy[]
  readonly machine: MachineStudy | undefined
  readonly horizonSteps: number
}

/** By the times of steps where there are any, else by loads. */
export function verdictFor({ source, fit, layers, machine, horizonSteps }: VerdictRequest): Verdict {
  const isLater = (span: Span) => isAfter(span, fit, source.units.count)
  if (machine !== undefined) {
    const steps = machine.time?.windows ?? []
    const windows = steps.map(({ span, before, after }) => ({ before, after, isLater: isLater(span) }))
    return verdictOf({ windows, measure: 'step time', movePs: machine.move.ps, horizonSteps })
  }
  const windows = (layers[0]?.windows ?? []).map(({ span }, i) => ({
    isLater: isLater(span),
    before: layers.reduce((sum, layer) => sum + layer.windows[i]!.before, 0),
    after: layers.reduce((sum, layer) => sum + layer.windows[i]!.after, 0),
  }))
  return verdictOf({ windows, measure: 'load', horizonSteps })
}
