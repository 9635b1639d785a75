// SGLang's placement: what its --init-expert-location takes, `{"physical_to_logical_map": [[expert per slot] per layer]}`.
import type { ExpertMap } from '../../schedulers/placements/expert-map.ts'
import { part } from '../view.ts'
import type { DocumentForm } from './form.ts'
import { evenSlots, type FileLayer, numberList, rowLayers } from './map-check.ts'

const KEY = 'physical_to_logical_map'

/** Slots of the first device, then those of the second and so on; a row for every transformer layer, dense ones too. */
export const sglang: DocumentForm = {
  recognises: (value) => part(value, [KEY]) !== undefined,
  read(view, expected, report) {
    const rows = part(view.value, [KEY])
    if (!Array.isArray(rows)) {
      report.badValue([KEY], 'a list of layers')
      return []
    }
    const layers = rowLayers(rows.length, expected, view.place([KEY], 'value').file)
    return layers.flatMap((layer, i): FileLayer[] => {
      if (layer === undefined) return []
      const row = numberList(rows[i], [KEY, i], report)
      const slots = row && evenSlots(row, expected, [KEY, i], report)
      if (slots === undefined) return []
      const perDevice = slots[0]!.length
      return [{ layer, slots, at: (device, slot) => [KEY, i, device * perDevice + slot] }]
    })
  },
  write(map, layers) {
    const rows = Array.from({ length: layers }, (_, layer) => {
      const place = map.layers.indexOf(layer)
      return place < 0 ? untouched(map) : map.slots[place]!.flat()
    })
    return `${JSON.stringify({ [KEY]: rows })}\n`
  },
}

/** What the engine itself lays down where nothing is said: experts in order, and again from the first. */
function untouched({ experts, slots }: ExpertMap): number[] {
  return Array.from({ length: slots[0]!.flat().length }, (_, slot) => slot % experts)
}
