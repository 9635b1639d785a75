// The 300 decoded tokens whose accesses to experts are replayed: recorded ones where they are given, generated ones else.
import type { Experiment } from '../../config/experiment/experiment.ts'
import { fail } from '../../errors.ts'
import { expectationOf } from '../../trace/expectation.ts'
import { openTrace } from '../../trace/open.ts'
import type { RoutingSource } from '../../trace/source.ts'
import type { Lab } from '../lab.ts'

export const CONFIG = 'offload-kimi-cache'

export interface DecodedTokens {
  readonly source: RoutingSource
  readonly isRecorded: boolean
}

/** Throws UserError where the trace is not of the study's shape. */
export async function decodedTokens(lab: Lab): Promise<DecodedTokens> {
  const { experiment } = await lab.load(CONFIG)
  const { trace } = lab.options
  if (trace === undefined)
    return { source: firstRequest(await lab.routing({ experiment })), isRecorded: false }
  const source = await openTrace(lab.io, trace, expectationOf(experiment.model))
  assertShape(source, experiment, trace)
  return { source, isRecorded: true }
}

const tokensOf = ({ requests }: Pick<RoutingSource, 'requests'>) =>
  requests.reduce((sum, { tokens }) => sum + tokens, 0)

function assertShape(source: RoutingSource, { model }: Experiment, file: string): void {
  const tokens = tokensOf(source)
  if (tokens === TOKENS && source.layers.length === model.moeLayers.length) return
  fail(
    'conflict',
    {
      what: `the published hit rates are of ${TOKENS} tokens in ${model.moeLayers.length} layers, and the trace has ${tokens} in ${source.layers.length}`,
      hint: 'moesim trace cache gives the hit rates of any trace',
    },
    { file },
  )
}

/** Of the study. */
export const TOKENS = 300

function firstRequest(source: RoutingSource): RoutingSource {
  const [request] = source.requests
  const rows = request!.tokens * source.topK
  return {
    ...source,
    requests: [request!],
    layerExperts: (layer) => source.layerExperts(layer).subarray(0, rows),
  }
}

/** Experts in the order of their uses, each numbered by layer and id: token by token, layer by layer. */
export function accessOrder({ layers, topK, experts, ...source }: RoutingSource): Int32Array[] {
  const tables = layers.map((layer) => source.layerExperts(layer))
  return Array.from({ length: tokensOf(source) }, (_, token) => {
    const ofToken = new Int32Array(layers.length * topK)
    tables.forEach((table, index) => {
      for (let slot = 0; slot < topK; slot++)
        ofToken[index * topK + slot] = index * experts + table[token * topK + slot]!
    })
    return ofToken
  })
}
