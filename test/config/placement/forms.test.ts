// Placement files: each form as its engine has it, read back equal, told apart by content, held against model and devices.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../../../src/config/placement/engines.ts'
import { parseExpertMap, writeExpertMap } from '../../../src/config/placement/forms.ts'
import type { MapExpectation } from '../../../src/config/placement/map-check.ts'
import { type Diagnostic, describe as describeFinding, UserError } from '../../../src/errors.ts'
import type { ExpertMap } from '../../../src/schedulers/placements/expert-map.ts'

/** Layer 0 is dense. */
const EXPECTED: MapExpectation = {
  model: 'tiny',
  experts: 4,
  moeLayers: [1, 2],
  layers: 3,
  devices: 2,
  hardware: 'two-dies',
  order: [0, 1],
}
const MAP: ExpertMap = {
  experts: 4,
  devices: 2,
  layers: [1, 2],
  slots: [
    [
      [0, 1, 3],
      [2, 3, 0],
    ],
    [
      [3, 2, 1],
      [0, 1, 2],
    ],
  ],
}
const TEXT = {
  sglang: '{"physical_to_logical_map":[[0,1,2,3,0,1],[0,1,3,2,3,0],[3,2,1,0,1,2]]}\n',
  ascend:
    '{"moe_layer_count":2,"layer_list":[{"layer_id":0,"device_count":2,"device_list":[{"device_id":0,"device_expert":[0,1,3]},{"device_id":1,"device_expert":[2,3,0]}]},{"layer_id":1,"device_count":2,"device_list":[{"device_id":0,"device_expert":[3,2,1]},{"device_id":1,"device_expert":[0,1,2]}]}]}\n',
  'tensorrt-llm':
    'num_slots: 6\ninitial_global_assignments:\n  1: [0, 1, 3, 2, 3, 0]\n  2: [3, 2, 1, 0, 1, 2]\nlayer_updates_per_iter: 0\n',
  csv: 'layer,expert,die\n1,0,0\n1,1,0\n1,3,0\n1,2,1\n1,3,1\n1,0,1\n2,3,0\n2,2,0\n2,1,0\n2,0,1\n2,1,1\n2,2,1\n',
} as const

const whole = fc
  .record({
    devices: fc.integer({ min: 1, max: 4 }),
    perDevice: fc.integer({ min: 1, max: 3 }),
    spare: fc.nat(2),
    layers: fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 3 }),
  })
  .map(({ devices, perDevice, spare, layers }): ExpertMap => {
    const experts = devices * perDevice
    const slots = Array.from({ length: devices }, (_, device) =>
      Array.from(
        { length: Math.min(experts, perDevice + spare) },
        (__, i) => (device * perDevice + i) % experts,
      ),
    )
    const ids = [...layers].sort((a, b) => a - b)
    return { experts, devices, layers: ids, slots: ids.map(() => slots) }
  })

describe.each(ENGINES)('the form %s', (engine) => {
  it('is written as the engine reads it', () => {
    expect(writeExpertMap(engine, MAP, { layers: 3 })).toBe(TEXT[engine])
  })

  it('is recognised by its content and reads back equal', () => {
    expect(parseExpertMap(TEXT[engine], 'map', EXPECTED)).toEqual(MAP)
  })

  it('reads back equal, whatever the placement', () => {
    fc.assert(
      fc.property(whole, (map) => {
        const expected = {
          ...EXPECTED,
          ...{ experts: map.experts, devices: map.devices, moeLayers: map.layers, layers: 7 },
          order: Array.from({ length: map.devices }, (_, device) => device),
        }
        expect(parseExpertMap(writeExpertMap(engine, map, { layers: 7 }), 'map', expected)).toEqual(map)
      }),
    )
  })
})

/** What is wrong with a text. */
function diagnosticsOf(text: string, expected: Partial<MapExpectation> = {}): readonly Diagnostic[] {
  try {
    parseExpertMap(text, 'map', { ...EXPECTED, ...expected })
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics
    throw error
  }
  return []
}
const refusal = (text: string, expected?: Partial<MapExpectation>) =>
  diagnosticsOf(text, expected).map(describeFinding).join('\n')

describe('a placement file', () => {
  it('in CSV names dies, which may be counted in another order than devices', () => {
    const expected = { ...EXPECTED, order: [1, 0] }
    const text = writeExpertMap('csv', MAP, { layers: 3, order: [1, 0] })
    expect(text).toContain('\n1,2,0\n')
    expect(parseExpertMap(text, 'map', expected)).toEqual(MAP)
  })

  it('of vllm-ascend may have layer ids of the model, and devices with different numbers of experts', () => {
    const text = TEXT.ascend.replace('"layer_id":1', '"layer_id":2').replace('"layer_id":0', '"layer_id":1')
    expect(parseExpertMap(text.replace('[0,1,3]', '[0,1]'), 'map', EXPECTED).slots[0]).toEqual([
      [0, 1],
      [2, 3, 0],
    ])
  })

  it('of SGLang may leave dense layers out', () => {
    const text = '{"physical_to_logical_map": [[0,1,3,2,3,0],[3,2,1,0,1,2]]}'
    expect(parseExpertMap(text, 'map', EXPECTED)).toEqual(MAP)
  })

  it('of another model is refused by name', () => {
    expect(refusal(TEXT.sglang, { experts: 3 })).toContain(
      'layer 1 has expert 3, model tiny has 3 experts (0..2)',
    )
    expect(refusal(TEXT.csv, { experts: 5 })).toContain('expert 4 of model tiny lies on no device')
    expect(refusal(TEXT['tensorrt-llm'], { moeLayers: [1] })).toContain(
      'layer 2 is not a MoE layer of model tiny',
    )
    expect(refusal(TEXT.ascend, { moeLayers: [0, 1, 2] })).toContain(
      'MoE layers of model tiny are not placed: 2',
    )
    expect(refusal(TEXT.sglang, { layers: 5 })).toContain(
      'it has 3 layers, model tiny has 2 MoE layers and 5 in all',
    )
  })

  it('with an expert twice on a device is refused, with its place', () => {
    const text = TEXT['tensorrt-llm'].replace('[0, 1, 3, 2, 3, 0]', '[0, 1, 0, 2, 3, 0]')
    expect(diagnosticsOf(text)[0]).toMatchObject({
      args: { what: 'layer 1: expert 0 lies twice on device 0' },
      span: { line: 3, column: 13 },
    })
  })

  it('for other numbers of devices is refused', () => {
    expect(refusal(TEXT.sglang, { devices: 4, order: [0, 1, 2, 3] })).toContain(
      '6 slots do not make equal parts for the 4 devices of two-dies',
    )
    expect(refusal(TEXT.ascend, { devices: 4, order: [0, 1, 2, 3] })).toContain(
      'layer 1 is placed on 2 devices, two-dies has 4',
    )
    expect(refusal(TEXT.csv, { devices: 1, order: [0] })).toContain('die 1: two-dies has 1 dies')
  })

  it('of no known form is refused, and counts are told apart', () => {
    expect(refusal('{"experts": 4}')).toContain('not a placement')
    expect(refusal('{"logical_count": [[1,2,3,4]]}')).toContain('"moesim place" makes a placement of it')
    expect(refusal('layer,expert,die\n1,0\n')).toContain('a line must be three whole numbers')
  })

  const layer0 = '{"layer_list": [{"layer_id": 0, "device_list": '
  it.each([
    ['{"physical_to_logical_map": 3}', 'a list of layers', 29],
    ['{"physical_to_logical_map": [["a"],[1]]}', 'a list of expert ids', 30],
    ['{"physical_to_logical_map": [[],[1,2,3,0]]}', '0 slots do not make equal parts', 30],
    ['{"layer_list": 3}', 'a list of layers', 16],
    ['{"layer_list": [{"layer_id": 0}]}', 'an object with layer_id and device_list', 17],
    ['{"layer_list": [{"layer_id": 0.5, "device_list": []}]}', 'layer_id and device_list', 17],
    [`${layer0}[{"device_id": 0}]}]}`, 'a list of objects with device_expert, a list of expert ids', 48],
    [`${layer0}[{"device_expert": [0, "1"]}]}]}`, 'device_expert, a list of expert ids', 48],
    [
      `${layer0}[{"device_id": 0, "device_expert": [0, 1]}, {"device_id": 2, "device_expert": [2, 3]}]}]}`,
      'devices in the order of their device_id, from 0 on',
      48,
    ],
    [
      `${layer0}[{"device_id": 1, "device_expert": [0, 1]}, {"device_id": 1, "device_expert": [2, 3]}]}]}`,
      'devices in the order of their device_id, from 0 on',
      48,
    ],
    ['initial_global_assignments: [1]', 'a mapping of layers', 29],
    ['initial_global_assignments: {}', 'MoE layers of model tiny are not placed: 1, 2', 1],
    ['initial_global_assignments: {one: [0, 1, 2, 3]}', 'its id in the model, got "one"', 30],
    ['initial_global_assignments: {1: 0}', 'a list of expert ids', 33],
    ['{num_slots: 8, initial_global_assignments: {1: [0, 1]}}', 'layer 1 has 2 slots, num_slots is 8', 48],
    [
      'initial_global_assignments: {1: [0, 1, 2, -3]}',
      'layer 1 has expert -3, model tiny has 4 experts (0..3)',
      43,
    ],
    [
      'initial_global_assignments: {1: [0, 1, 2, 1.5]}',
      'layer 1 has expert 1.5, model tiny has 4 experts (0..3)',
      43,
    ],
    ['initial_global_assignments: {1: [0, 1, 2, 2]}', 'layer 1: expert 2 lies twice on device 1', 43],
    ['initial_global_assignments: {1: [0, 1, 2, 1]}', 'expert 3 of model tiny lies on no device', 34],
  ])('%s is refused at its place', (text, message, column) => {
    const [first] = diagnosticsOf(text)
    expect(first && describeFinding(first)).toContain(message)
    expect(first?.span?.column).toBe(column)
  })

  it('with a layer twice is refused', () => {
    const twice = TEXT.ascend.replace('"layer_id":1', '"layer_id":0')
    expect(refusal(twice)).toContain('layer 1 is placed twice; keep one of the two')
  })

  it('in CSV is refused line by line, twenty of them at most, each underlined', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `${i},x,0`)
    const found = diagnosticsOf(['layer,expert,die', '', '1,0,7', ...lines].join('\r\n'))
    expect(found).toHaveLength(20)
    expect(found.slice(0, 2)).toMatchObject([
      {
        args: { what: 'die 7: two-dies has 2 dies, 0 to 1', hint: 'lines are layer,expert,die' },
        span: { line: 3, column: 1, length: 5, lineText: '1,0,7' },
      },
      { args: { what: 'a line must be three whole numbers' }, span: { line: 4, lineText: '0,x,0' } },
    ])
  })

  it('is refused layer by layer, twenty of them at most', () => {
    const layers = Array.from({ length: 30 }, (_, i) => `  ${i + 5}: [0, 1, 2, 3]`)
    expect(diagnosticsOf(['initial_global_assignments:', ...layers].join('\n'))).toHaveLength(20)
  })

  it('that is not whole is refused', () => {
    expect(refusal(TEXT['tensorrt-llm'].replace('num_slots: 6', 'num_slots: 8'))).toContain('num_slots is 8')
  })
})
