// TensorRT-LLM's placement: YAML with `num_slots` and `initial_global_assignments: {layer: [expert per slot]}`.
import { part } from '../view.ts'
import type { DocumentForm } from './form.ts'
import { evenSlots, type FileLayer, numberList } from './map-check.ts'

const KEY = 'initial_global_assignments'

/** Layers by their id in the model; slots as in SGLang's form. */
export const tensorrtLlm: DocumentForm = {
  recognises: (value) => part(value, [KEY]) !== undefined,
  read(view, expected, report) {
    const assignments = part(view.value, [KEY])
    if (typeof assignments !== 'object' || assignments === null || Array.isArray(assignments)) {
      report.badValue([KEY], 'a mapping of layers')
      return []
    }
    const stated = part(view.value, ['num_slots'])
    return Object.keys(assignments).flatMap((key): FileLayer[] => {
      const path = [KEY, key]
      if (!/^\d{1,6}$/.test(key)) {
        report.at(
          'bad-value',
          path,
          { where: 'a layer', expected: 'its id in the model', got: `"${key}"` },
          'key',
        )
        return []
      }
      const row = numberList(part(view.value, path), path, report)
      if (row !== undefined && typeof stated === 'number' && stated !== row.length) {
        const what = `layer ${key} has ${row.length} slots, num_slots is ${stated}`
        report.at('conflict', path, { what, hint: 'the file is not whole' })
        return []
      }
      const slots = row && evenSlots(row, expected, path, report)
      if (slots === undefined) return []
      const perDevice = slots[0]!.length
      return [{ layer: Number(key), slots, at: (device, slot) => [...path, device * perDevice + slot] }]
    })
  },
  /** `layer_updates_per_iter: 0`: the engine keeps to what it was given. */
  write({ layers, slots }) {
    const rows = layers.map((layer, i) => `  ${layer}: [${slots[i]!.flat().join(', ')}]`)
    const count = slots[0]!.flat().length
    return [`num_slots: ${count}`, `${KEY}:`, ...rows, 'layer_updates_per_iter: 0', ''].join('\n')
  },
}
