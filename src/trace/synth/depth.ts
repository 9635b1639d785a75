// A knob that may change with depth: one value for all layers, or values at some layers and straight lines between them.

/** A number, or [model layer id, value] pairs with ascending ids: linear between them, constant before and after. */
export type DepthValue = number | readonly (readonly [layer: number, value: number])[]

/** Its value at a layer. It depends on the layer's id alone, not on which layers are made. */
export function atDepth(value: DepthValue, layer: number): number {
  if (typeof value === 'number') return value
  const next = value.findIndex(([id]) => id >= layer)
  if (next < 0) return value.at(-1)![1]
  const [nextId, nextValue] = value[next]!
  if (next === 0 || nextId === layer) return nextValue
  const [id, before] = value[next - 1]!
  return before + ((nextValue - before) * (layer - id)) / (nextId - id)
}

/** All numbers that it is made of. */
export function valuesOf(value: DepthValue): readonly number[] {
  return typeof value === 'number' ? [value] : value.map(([, at]) => at)
}

/** Whether its layers ascend and there is at least one. */
export function isInOrder(value: DepthValue): boolean {
  return (
    typeof value === 'number' ||
    (value.length > 0 && value.every(([layer], i) => i === 0 || layer > value[i - 1]![0]))
  )
}

/** More than so many values are a table, which nobody reads in a line. */
const MOST_SHOWN = 4

/** As a person writes it: 0.2, or 0:0,60:0.3. */
export function depthText(value: DepthValue): string {
  if (typeof value === 'number') return String(value)
  if (value.length > MOST_SHOWN) return `by layer, ${value.length} values`
  return value.map(([layer, at]) => `${layer}:${at}`).join(',')
}
