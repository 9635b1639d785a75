// Placement files: one table of forms, told apart by content when read and by name when written.
import { fail, UserError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { ExpertMap } from '../../schedulers/placements/expert-map.ts'
import { parseConfig } from '../document.ts'
import { readConfig } from '../library.ts'
import { type Reporter, reporter } from '../validate.ts'
import { part, viewOf } from '../view.ts'
import { ascend } from './ascend.ts'
import { isPlacementCsv, readPlacementCsv, writePlacementCsv } from './csv.ts'
import type { Engine } from './engines.ts'
import type { DocumentForm } from './form.ts'
import { checkedLayers, type FileLayer, type MapExpectation } from './map-check.ts'
import { sglang } from './sglang.ts'
import { tensorrtLlm } from './tensorrt-llm.ts'

const DOCUMENT_FORMS = { sglang, ascend, 'tensorrt-llm': tensorrtLlm } satisfies Record<string, DocumentForm>

/** The file's text for an engine. `layers`: transformer layers of the model; `order`: die of each device. */
export function writeExpertMap(
  engine: Engine,
  map: ExpertMap,
  { layers, order }: { readonly layers: number; readonly order?: ArrayLike<number> | undefined },
): string {
  return engine === 'csv' ? writePlacementCsv(map, order) : DOCUMENT_FORMS[engine].write(map, layers)
}

/** The placement in a file, in any form. Throws UserError where it is in none, or does not fit. */
export async function readExpertMap(io: Io, path: string, expected: MapExpectation): Promise<ExpertMap> {
  return parseExpertMap(await readConfig(io, path), path, expected)
}

/** The same of its text. */
export function parseExpertMap(text: string, file: string, expected: MapExpectation): ExpertMap {
  const { experts, devices, moeLayers } = expected
  if (isPlacementCsv(text)) {
    const view = viewOf({ file, value: undefined, span: () => undefined, written: () => undefined })
    const layers = readPlacementCsv(text, expected, file)
    return {
      experts,
      devices,
      layers: moeLayers,
      slots: checked(layers, expected, reporter(view, 'placement')),
    }
  }
  const document = parseConfig(file, text)
  const view = viewOf(document)
  const report = reporter(view, 'placement')
  const form = Object.values(DOCUMENT_FORMS).find((one) => one.recognises(document.value))
  if (form === undefined) {
    const isCounts = part(document.value, ['logical_count']) !== undefined
    fail(
      'syntax',
      {
        what: isCounts
          ? 'logical_count is how often experts were chosen, not where they lie: "moesim place" makes a placement of it'
          : 'not a placement: it has none of physical_to_logical_map, layer_list, initial_global_assignments, nor the first line layer,expert,die',
      },
      { file },
    )
  }
  const layers = form.read(view, expected, report)
  return { experts, devices, layers: moeLayers, slots: checked(layers, expected, report) }
}

function checked(layers: readonly FileLayer[], expected: MapExpectation, report: Reporter) {
  const slots = report.findings.length > 0 ? [] : checkedLayers(layers, expected, report)
  if (report.findings.length > 0) throw new UserError(report.findings)
  return slots
}
