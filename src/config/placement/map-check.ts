// What a placement file must fit: the model's experts and layers, and the devices of the machine.
import { fail } from '../../errors.ts'
import type { Slots } from '../../schedulers/placements/search/problem.ts'
import { layerList } from '../../trace/expectation.ts'
import type { Path } from '../document.ts'
import type { Reporter } from '../validate.ts'

export interface MapExpectation {
  readonly model: string
  readonly experts: number
  /** Ids of layers with routed experts, ascending. */
  readonly moeLayers: readonly number[]
  /** All transformer layers, where that is known. */
  readonly layers?: number | undefined
  readonly devices: number
  /** What has so many, for messages. */
  readonly hardware: string
  /** Die of each device. */
  readonly order: ArrayLike<number>
}

/** One layer of a file: experts by slot of each device, and where in the file each list stands. */
export interface FileLayer {
  readonly layer: number
  readonly slots: Slots
  readonly at: (device: number, slot: number) => Path
}

/** The layers in the order of the model, once each is whole; findings go to `report`. */
export function checkedLayers(
  layers: readonly FileLayer[],
  expected: MapExpectation,
  report: Reporter,
): Slots[] {
  const { model, moeLayers } = expected
  const byId = new Map<number, FileLayer>()
  for (const one of layers) {
    if (!moeLayers.includes(one.layer)) {
      const what = `layer ${one.layer} is not a MoE layer of model ${model} (MoE layers: ${layerList(moeLayers)})`
      report.at('conflict', one.at(0, 0), { what, hint: OTHER_MODEL })
    } else if (byId.has(one.layer)) {
      const what = `layer ${one.layer} is placed twice`
      report.at('conflict', one.at(0, 0), { what, hint: 'keep one of the two' })
    } else {
      byId.set(one.layer, one)
      checkLayer(one, expected, report)
    }
    if (report.findings.length >= MOST_FINDINGS) break
  }
  const missing = moeLayers.filter((layer) => !byId.has(layer))
  if (missing.length > 0 && report.findings.length === 0) {
    const what = `MoE layers of model ${model} are not placed: ${layerList(missing)}`
    report.at('conflict', [], { what, hint: OTHER_MODEL })
  }
  return moeLayers.flatMap((layer) => {
    const one = byId.get(layer)
    return one === undefined ? [] : [one.slots]
  })
}

const OTHER_MODEL = 'the map is of another model, or not whole'
const MOST_FINDINGS = 20

function checkLayer({ layer, slots, at }: FileLayer, expected: MapExpectation, report: Reporter): void {
  const { model, experts, devices, hardware } = expected
  if (slots.length !== devices) {
    const what = `layer ${layer} is placed on ${slots.length} devices, ${hardware} has ${devices}`
    report.at('conflict', at(0, 0), { what, hint: 'use a map made for as many' })
    return
  }
  const isPlaced = new Uint8Array(experts)
  for (const [device, held] of slots.entries()) {
    for (const [slot, expert] of held.entries()) {
      if (!Number.isInteger(expert) || expert < 0 || expert >= experts) {
        const what = `layer ${layer} has expert ${expert}, model ${model} has ${experts} experts (0..${experts - 1})`
        report.at('conflict', at(device, slot), { what, hint: OTHER_MODEL })
        return
      }
      if (held.indexOf(expert) < slot) {
        const what = `layer ${layer}: expert ${expert} lies twice on device ${device}`
        report.at('conflict', at(device, slot), { what, hint: 'a second copy there holds nothing new' })
        return
      }
      isPlaced[expert] = 1
    }
  }
  const homeless = isPlaced.indexOf(0)
  if (homeless < 0) return
  const what = `layer ${layer}: expert ${homeless} of model ${model} lies on no device`
  report.at('conflict', at(0, 0), { what, hint: OTHER_MODEL })
}

/** Slots of all devices in a row, cut into equal parts; a finding where they cannot be. */
export function evenSlots(
  row: readonly number[],
  { devices, hardware }: MapExpectation,
  at: Path,
  report: Reporter,
): Slots | undefined {
  const slots = row.length / devices
  if (!Number.isInteger(slots) || slots === 0) {
    const what = `${row.length} slots do not make equal parts for the ${devices} devices of ${hardware}`
    report.at('conflict', at, { what, hint: 'use a map made for as many' })
    return undefined
  }
  return Array.from({ length: devices }, (_, device) => row.slice(device * slots, (device + 1) * slots))
}

/** A list of whole numbers; a finding where it is none. */
export function numberList(value: unknown, at: Path, report: Reporter): number[] | undefined {
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'number')
  if (!isList) report.badValue(at, 'a list of expert ids')
  return isList ? (value as number[]) : undefined
}

/** The layer of a row by its place: rows are all layers of the model, or its MoE layers. undefined: of a dense layer. */
export function rowLayers(
  rows: number,
  { model, moeLayers, layers }: MapExpectation,
  file: string,
): readonly (number | undefined)[] {
  if (rows === moeLayers.length) return moeLayers
  if (rows === layers) {
    return Array.from({ length: rows }, (_, layer) => (moeLayers.includes(layer) ? layer : undefined))
  }
  const all = layers === undefined ? '' : ` and ${layers} in all`
  const what = `it has ${rows} layers, model ${model} has ${moeLayers.length} MoE layers${all}`
  return fail('conflict', { what, hint: OTHER_MODEL }, { file })
}
