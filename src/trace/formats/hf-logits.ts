// Reader of router logits of Hugging Face models, saved by users as .npy or .npz.
import type { RoutingBuilder } from '../builder.ts'
import { count, shown } from '../expectation.ts'
import type { IdColumn } from '../id-column.ts'
import { ByteFeed } from './arrays/byte-feed.ts'
import { LogitArrays } from './arrays/logit-arrays.ts'
import { NPY_MAGIC } from './arrays/npy.ts'
import { isNpy, npyDescr } from './arrays/npy-kind.ts'
import { firstEntryName, zipEntries } from './arrays/zip-entries.ts'
import type { FileHead, TokenReader, TraceFile } from './format.ts'
import { readSidecar, sidecarCount } from './sidecar.ts'

/**
 * What a forward pass returns as `router_logits`: one tensor of floats (tokens, experts), or (1, tokens, experts), per MoE
 * layer. A `.npy` holds them stacked, (MoE layers, tokens, experts); a `.npz` one array each, `arr_0`, `arr_1`, ... in the
 * order of the MoE layers (as numpy.savez(file, *logits) names them) or named after their model layer, `layer_3`; or one
 * stacked array. The top-k is taken here, ties to the lower id; a token with NaN is refused. One file is one request.
 *
 * The format has no phases: all tokens count as prefill, unless a sidecar gives `input_token_count`.
 */
export const hfLogits: TokenReader = {
  recognises: (head) => isNpz(head) || (isNpy(head) && /f[248]$/.test(npyDescr(head) ?? '')),
  async read(file, builder) {
    const { findings } = file
    const { model, router } = builder.check.expectation
    if (router !== undefined) {
      findings.stop(
        `model ${model} limits tokens to groups of experts, so the top-k of its logits is not what it chose`,
        undefined,
        'record the chosen experts themselves',
      )
    }
    const columns = await readColumns(file, builder)
    const [first] = columns.values()
    const tokens = (first?.length ?? 0) / builder.check.expectation.topK
    const sidecar = await readSidecar(file)
    const prompt = sidecar && sidecarCount(sidecar, 'input_token_count')
    if (prompt !== undefined && prompt > tokens) {
      sidecar!.findings.stop(`input_token_count is ${prompt}, the logits are of ${tokens} tokens`)
    }
    const request = { id: file.name, prefillTokens: prompt ?? tokens, columns }
    builder.add(prompt === undefined ? { ...request, isPhaseAssumed: true } : request, findings)
    findings.done()
    return 'read'
  },
}

function isNpz(head: FileHead): boolean {
  return firstEntryName(head.bytes)?.endsWith('.npy') ?? false
}

async function readColumns(file: TraceFile, builder: RoutingBuilder): Promise<ReadonlyMap<number, IdColumn>> {
  const { findings } = file
  const arrays = new LogitArrays(builder.check, findings)
  const start = new ByteFeed(file.bytes())
  const isArray = (await start.take(1))[0] === NPY_MAGIC[0]
  await start.close()
  if (isArray) {
    await arrays.take(file.bytes())
    return arrays.columns
  }
  const { moeLayers } = builder.check.expectation
  const names = new Set<string>()
  for await (const entry of zipEntries(file.bytes(), findings)) {
    if (names.has(entry.name)) findings.stop(`entry ${shown(entry.name)} stands twice`)
    names.add(entry.name)
    await arrays.take(entry.bytes(), layerOf(entry.name, moeLayers), `${entry.name}: `)
  }
  const numbered = [...names].filter((name) => POSITION.test(name)).length
  // Numbers are places among the MoE layers only where none is left out.
  if (numbered > 0 && !arrays.isStack && (numbered < names.size || numbered !== moeLayers.length)) {
    findings.stop(
      `${count(numbered, 'array')} named by position (arr_0, ...) for ${count(moeLayers.length, 'MoE layer')}`,
      undefined,
      'save all of them, or name them layer_<id>',
    )
  }
  return arrays.columns
}

const POSITION = /^arr_\d{1,6}\.npy$/

/** The model layer that an entry's name tells, if it tells one. */
function layerOf(name: string, moeLayers: readonly number[]): number | undefined {
  const digits = /(\d{1,6})\.npy$/.exec(name)?.[1]
  if (digits === undefined) return undefined
  return POSITION.test(name) ? moeLayers[Number(digits)] : Number(digits)
}
