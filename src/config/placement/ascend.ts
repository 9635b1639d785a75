// vllm-ascend's expert map: `{"moe_layer_count", "layer_list": [{"layer_id", "device_count", "device_list": [...]}]}`.
import { part } from '../view.ts'
import type { DocumentForm } from './form.ts'
import type { FileLayer } from './map-check.ts'

/** `layer_id` counts MoE layers from 0, as the engine does; ids of the model are read too. */
export const ascend: DocumentForm = {
  recognises: (value) => part(value, ['layer_list']) !== undefined,
  read(view, { moeLayers }, report) {
    const list = part(view.value, ['layer_list'])
    if (!Array.isArray(list)) {
      report.badValue(['layer_list'], 'a list of layers')
      return []
    }
    const ids = list.map((_, i) => part(view.value, ['layer_list', i, 'layer_id']))
    const areModelIds = ids.every((id) => moeLayers.includes(Number(id)))
    const areCounted = ids.every((id) => typeof id === 'number' && id < moeLayers.length)
    return list.flatMap((_, i): FileLayer[] => {
      const id = Number(ids[i])
      const path = ['layer_list', i, 'device_list']
      const devices = part(view.value, path)
      if (!Number.isInteger(id) || !Array.isArray(devices)) {
        report.badValue(['layer_list', i], 'an object with layer_id and device_list')
        return []
      }
      const layer = areModelIds && !areCounted ? id : (moeLayers[id] ?? id)
      const slots = devices.map((__, device) => part(view.value, [...path, device, 'device_expert']))
      const isWhole = slots.every(
        (held): held is number[] => Array.isArray(held) && held.every((expert) => typeof expert === 'number'),
      )
      if (!isWhole) {
        report.badValue(path, 'a list of objects with device_expert, a list of expert ids')
        return []
      }
      const inOrder = devices.every(
        (__, device) => part(view.value, [...path, device, 'device_id']) === device,
      )
      if (!inOrder) {
        report.badValue(path, 'devices in the order of their device_id, from 0 on')
        return []
      }
      return [{ layer, slots, at: (device, slot) => [...path, device, 'device_expert', slot] }]
    })
  },
  write({ slots, devices }) {
    const list = slots.map((layer, layerId) => ({
      layer_id: layerId,
      device_count: devices,
      device_list: layer.map((held, device) => ({ device_id: device, device_expert: held })),
    }))
    return `${JSON.stringify({ moe_layer_count: slots.length, layer_list: list })}\n`
  },
}
