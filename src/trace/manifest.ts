// What travels with a trace in moesim's own formats: the model, what it was made from, and the hash of its routing.
import type { RoutingBuilder } from './builder.ts'
import type { TraceExpectation } from './expectation.ts'
import type { Findings, Place } from './findings.ts'
import { issueText } from './issue-text.ts'
import type { Manifest } from './manifest-schema.ts'
import type { RoutingFacts } from './source.ts'

/** In CSV a comment line that begins so, in Parquet the key of the file's metadata; the manifest follows as JSON. */
export const MANIFEST_KEY = 'moesim-trace'

export function manifestOf(
  routing: RoutingFacts,
  model: string,
  isPhaseAssumed: boolean,
  source: Manifest['source'],
): Manifest {
  const { experts, topK, layers, requests, sha256 } = routing
  const prefillTokens = requests.reduce((sum, request) => sum + request.prefillTokens, 0)
  const tokens = requests.reduce((sum, request) => sum + request.tokens, 0)
  return {
    version: 2,
    model,
    experts,
    topK,
    layers,
    requests: requests.length,
    prefillTokens,
    decodeTokens: tokens - prefillTokens,
    phases: isPhaseAssumed ? 'assumed' : 'recorded',
    source,
    sha256,
  }
}

/** The manifest written in `json`. Throws UserError where it is none. */
export async function parseManifest(json: string, findings: Findings, place?: Place): Promise<Manifest> {
  const { manifestSchema } = await import('./manifest-schema.ts')
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    findings.stop(`the ${MANIFEST_KEY} manifest is not valid JSON: ${error.message}`, place)
  }
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  return findings.stop(`the ${MANIFEST_KEY} manifest is damaged: ${issueText(parsed.error.issues)}`, place)
}

/** The model that a manifest names. */
export function modelOfManifest({ model, experts, topK, layers }: Manifest): TraceExpectation {
  return { model, experts, topK, moeLayers: layers }
}

/** Before the rows: refuses a manifest of another model. */
export function judgeModel(manifest: Manifest, expectation: TraceExpectation, findings: Findings): void {
  const hint = 'pass the model that the trace was recorded with'
  const { model, experts, topK } = expectation
  if (manifest.experts !== experts) {
    findings.stopConflict(`the trace says ${manifest.experts} experts, model ${model} has ${experts}`, hint)
  }
  if (manifest.topK !== topK) {
    findings.stopConflict(`the trace says top-${manifest.topK}, model ${model} routes top-${topK}`, hint)
  }
}

/** After the rows, which the builder hashed: refuses them where they are not those that the manifest was written for. */
export function judgeRows(manifest: Manifest, builder: RoutingBuilder, findings: Findings): void {
  const found = builder.fileSha256()
  if (found === manifest.sha256) return
  findings.stop(
    `the rows are not those the manifest was written for: SHA-256 ${found}, the manifest says ${manifest.sha256}`,
    undefined,
    'the file is damaged or was edited; without its manifest it is read as it is',
  )
}
