// The recorded trace that `reproduce forecasting profile --trace` compares with, and which of the models it is of.
import { type Diagnostic, finding, UserError } from '../../errors.ts'
import { expectationOf } from '../../trace/expectation.ts'
import { readTrace, refuseHistograms } from '../../trace/open.ts'
import type { RoutingSource } from '../../trace/source.ts'
import type { Lab, Point } from '../lab.ts'
import type { ProfiledModel } from './profile-published.ts'

export interface ProfiledTrace {
  readonly model: ProfiledModel
  readonly source: RoutingSource
  readonly phases: 'recorded' | 'assumed'
}

/**
 * Opens the trace of the call, if it has one, for the model that it fits. Not every format says its model: the models are
 * tried, those with fewer experts first, since a trace of few experts would pass for one of many. Throws UserError where it
 * fits none.
 */
export async function openProfiledTrace(
  lab: Lab,
  points: ReadonlyMap<ProfiledModel, Point>,
): Promise<ProfiledTrace | undefined> {
  const { trace: path } = lab.options
  if (path === undefined) return undefined
  const models = [...points].sort(([, a], [, b]) => a.experiment.model.experts - b.experiment.model.experts)
  const refusals: Diagnostic[] = []
  for (const [model, { experiment }] of models) {
    try {
      const trace = await readTrace(lab.io, path, expectationOf(experiment.model))
      if (trace.gives === 'histograms') return refuseHistograms(path, trace)
      return { model, source: trace.source, phases: trace.isPhaseAssumed ? 'assumed' : 'recorded' }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      refusals.push(...error.diagnostics.slice(0, 1))
    }
  }
  const what = `the trace fits none of ${models.map(([model]) => model).join(', ')}`
  const hint = 'why each refuses it follows, in this order'
  throw new UserError([finding('conflict', { what, hint }, { file: path }), ...refusals])
}
