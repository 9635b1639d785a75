// The four output formats of one hand-built result, exactly.
import { stripVTControlCharacters } from 'node:util'
import { Chalk } from 'chalk'
import { describe, expect, test } from 'vitest'
import { OUTPUT_FORMATS } from '../../src/config/experiment/experiment.ts'
import { formats } from '../../src/report/formats.ts'
import { sampleResult } from '../helpers/results.ts'

const plain = new Chalk({ level: 0 })
const table = () => formats.table(sampleResult, plain)

describe('table', () => {
  test('shows what was run, then speedup and memory', () => {
    expect(table()).toMatchInlineSnapshot(`
      "hardware  tiny-2x2 (2x2 mesh)
      model     tiny-moe (8 experts, top-2)
      routing   a|b.csv
      workload  2 iterations of 64 tokens
      layers    2 of 3 MoE layers (0, 2)
      seed      1

      speedup over ep
                                                         bound              compute
                                    speedup  throughput  ratio  bound   utilization
      scheduler            latency      [x]   [token/s]    [x]  by              [%]
      -------------------  -------  -------  ----------  -----  ------  -----------
      ep                   47.1 us     1.00      1.23 M   1.50  memory         43.2
      fse-dp:paired=true,  23.6 us     2.00      1.23 M   1.50  link           43.2
      slots=4

      memory: peak SRAM
                                                                        peak
                                     peak     peak     peak     peak    SRAM
                                     SRAM     SRAM     SRAM     SRAM  saving
      scheduler                   per die  package  weights   tokens     [%]  replicas
      --------------------------  -------  -------  -------  -------  ------  --------
      ep                          2.00 MB  8.00 MB  8.00 MB  1.00 kB     0.0         -
      fse-dp:paired=true,slots=4   500 kB  2.00 MB  2.00 MB  1.00 kB    75.0         3

      memory: traffic
                                           memory               D2D              load
                                   memory    read      D2D     byte         imbalance
      scheduler                      read  remote    bytes     hops   hops        [x]
      --------------------------  -------  ------  -------  -------  -----  ---------
      ep                          5.00 GB     0 B  1.50 MB  3.00 MB  4,321       1.25
      fse-dp:paired=true,slots=4  5.00 GB     0 B  1.50 MB  3.00 MB  4,321       1.25
      "
    `)
  })

  test('has no colour and no trailing blanks without colour', () => {
    expect(stripVTControlCharacters(table())).toBe(table())
    expect(table()).not.toContain(' \n')
  })

  test('has the same text with colour, once the colour codes are taken away', () => {
    const coloured = formats.table(sampleResult, new Chalk({ level: 1 }))
    expect(coloured).toContain('\u001b[1m')
    expect(stripVTControlCharacters(coloured)).toBe(table())
  })
})

test('markdown holds the same tables and escapes what would break them', () => {
  expect(formats.markdown(sampleResult, plain)).toMatchInlineSnapshot(`
    "- **hardware**: tiny-2x2 (2x2 mesh)
    - **model**: tiny-moe (8 experts, top-2)
    - **routing**: a\\|b.csv
    - **workload**: 2 iterations of 64 tokens
    - **layers**: 2 of 3 MoE layers (0, 2)
    - **seed**: 1

    ### speedup over ep

    | scheduler | latency | speedup [x] | throughput [token/s] | bound ratio [x] | bound by | compute utilization [%] |
    | --- | ---: | ---: | ---: | ---: | --- | ---: |
    | ep | 47.1 us | 1.00 | 1.23 M | 1.50 | memory | 43.2 |
    | fse-dp:paired=true,slots=4 | 23.6 us | 2.00 | 1.23 M | 1.50 | link | 43.2 |

    ### memory: peak SRAM

    | scheduler | peak SRAM per die | peak SRAM package | peak SRAM weights | peak SRAM tokens | peak SRAM saving [%] | replicas |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: |
    | ep | 2.00 MB | 8.00 MB | 8.00 MB | 1.00 kB | 0.0 | - |
    | fse-dp:paired=true,slots=4 | 500 kB | 2.00 MB | 2.00 MB | 1.00 kB | 75.0 | 3 |

    ### memory: traffic

    | scheduler | memory read | memory read remote | memory write | D2D bytes | D2D byte hops | hops | load imbalance [x] | channel imbalance [x] |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    | ep | 5.00 GB | 0 B | 0 B | 1.50 MB | 3.00 MB | 4,321 | 1.25 | 1.50 |
    | fse-dp:paired=true,slots=4 | 5.00 GB | 0 B | 0 B | 1.50 MB | 3.00 MB | 4,321 | 1.25 | 1.50 |
    "
  `)
})

describe('csv', () => {
  test('has a row of totals and a row per layer, with the unit in the name of each column', () => {
    const lines = formats.csv(sampleResult, plain).split('\n')
    expect(lines[0]).toMatch(/^scheduler,layer,latency_ps,speedup,throughput_token_per_s,/)
    expect(lines[0]).toMatch(/,replicas$/)
    expect(lines.slice(1).map((line) => line.replace(/^((?:"[^"]*"|[^,]*),[^,]*,[^,]*).*/, '$1'))).toEqual([
      'ep,all,47123000',
      'ep,0,40000000',
      'ep,2,7123000',
      '"fse-dp:paired=true,slots=4",all,23561500',
      '"fse-dp:paired=true,slots=4",0,20000000',
      '',
    ])
  })

  test('has the same number of fields in every row', () => {
    const fields = formats
      .csv(sampleResult, plain)
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/"[^"]*"/g, 'quoted').split(',').length)
    expect(new Set(fields).size).toBe(1)
  })

  test('doubles quotes inside a quoted field', () => {
    const [first] = sampleResult.results
    const odd = { ...sampleResult, results: [{ ...first!, id: 'a"b' }] }
    expect(formats.csv(odd, plain)).toContain('\n"a""b",all,')
  })

  test('adds a column for the interval of a metric that has one', () => {
    const [first] = sampleResult.results
    const metrics = { latency: { value: 5, unit: 'ps', ci95: 2 } }
    const repeated = { ...sampleResult, results: [{ ...first!, metrics, layers: [] }] }
    expect(formats.csv(repeated, plain)).toBe('scheduler,layer,latency_ps,latency_ci95_ps\nep,all,5,2\n')
  })
})

describe('json', () => {
  test('is one document with two-space indent that reads back as the result', () => {
    const text = formats.json(sampleResult, plain)
    expect(JSON.parse(text)).toEqual(sampleResult)
    expect(text.startsWith('{\n  "schemaVersion": 1,\n  "moesim": "1.2.3",\n  "baseline": "ep",\n')).toBe(
      true,
    )
    expect(text.endsWith('}\n')).toBe(true)
  })

  test('has the same bytes whatever order the result was built in', () => {
    const reversed = Object.fromEntries(
      Object.entries(sampleResult).reverse(),
    ) as unknown as typeof sampleResult
    expect(formats.json(reversed, plain)).toBe(formats.json(sampleResult, plain))
  })

  test('refuses a number that JSON does not have', () => {
    const broken = { ...sampleResult, experiment: { sram: Number.POSITIVE_INFINITY } }
    expect(() => formats.json(broken, plain)).toThrow('result holds Infinity at "sram"')
  })
})

test('every format that an experiment may ask for has a renderer', () => {
  expect(Object.keys(formats)).toEqual([...OUTPUT_FORMATS])
})
