// The last steps of `moesim place`: what the placement does on the machine, and whether it pays.
import { type MachineStudy, studyMachine } from '../../place/machine-study.ts'
import type { PlaceSource } from '../../place/source.ts'
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

/** By the times of steps where there are any, else by loads. */
export function verdictFor(
  layers: readonly LayerStudy[],
  machine: MachineStudy | undefined,
  { fit, judge }: Pick<StudySetting, 'fit' | 'judge'>,
  horizonSteps: number,
): Verdict {
  const isLater = judge === undefined || judge.from >= fit.to
  if (machine !== undefined) {
    const windows = machine.time?.windows ?? []
    return verdictOf({ windows, measure: 'step time', movePs: machine.move.ps, horizonSteps, isLater })
  }
  const windows = (layers[0]?.windows ?? []).map((_, i) => ({
    before: layers.reduce((sum, layer) => sum + layer.windows[i]!.before, 0),
    after: layers.reduce((sum, layer) => sum + layer.windows[i]!.after, 0),
  }))
  return verdictOf({ windows, measure: 'load', horizonSteps, isLater })
}
