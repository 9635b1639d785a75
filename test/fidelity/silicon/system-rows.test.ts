// Rows of whole machines: which are replayed, as what load, and what is said of those that are not.
import { expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { render } from '../../../src/errors.ts'
import { readCsv } from '../../../src/fidelity/reference-csv.ts'
import { Machines } from '../../../src/fidelity/silicon/machines.ts'
import { systemTokensPerS } from '../../../src/fidelity/silicon/system-case.ts'
import { fitLaunch } from '../../../src/fidelity/silicon/system-fit.ts'
import { readSystemRows, SYSTEM_COLUMNS, systemFile } from '../../../src/fidelity/silicon/system-rows.ts'
import { memoryIo } from '../../helpers/memory-io.ts'

const HEADER = 'id,system,hardware,model,setting,metric,value,unit'
const at = (path: string) => `ref/${path}`

function ioWith(rows: readonly string[]) {
  const own = memoryIo({ 'ref/silicon/systems.csv': `${HEADER}\n${rows.join('\n')}\n` })
  const isOwn = (path: string) => !path.startsWith('/')
  return {
    ...nodeIo,
    stat: (path: string) => (isOwn(path) ? own.stat(path) : nodeIo.stat(path)),
    read: (path: string) => (isOwn(path) ? own.read(path) : nodeIo.read(path)),
  }
}

async function reading(...rows: string[]) {
  const io = ioWith(rows)
  const machines = await Machines.open(io, at, [])
  const read = await readCsv(io, at('silicon/systems.csv'), SYSTEM_COLUMNS)
  return readSystemRows(io, read, machines, at)
}

const SPARK = 'a,llama.cpp,"DGX Spark GB10, 273 GB/s",gpt-oss-20b'

test('one stream attends to what lies before it and half of what it decodes', async () => {
  const { known, warnings } = await reading(
    `${SPARK},tg32,decode,84,token/s`,
    `${SPARK},tg32 @ d4096,decode,80,token/s`,
  )
  expect(warnings).toEqual([])
  expect(known.map(({ given, isFitted }) => [given, isFitted])).toEqual([
    [{ hardware: 'dgx-spark', model: 'gpt-oss-20b-gguf', streams: 1, contextTokens: 16 }, false],
    [{ hardware: 'dgx-spark', model: 'gpt-oss-20b-gguf', streams: 1, contextTokens: 4112 }, false],
  ])
})

test('start-ups were fitted on several streams of the Spark, on none of another machine', async () => {
  const batch = '"PP 512, batch 4","decode, all streams",150,token/s'
  const { known } = await reading(
    `${SPARK.replace('llama.cpp', 'llama.cpp batched-bench')},${batch}`,
    `b,llama.cpp batched-bench,RTX 4090 (1008 GB/s),gpt-oss-20b,${batch}`,
  )
  expect(known.map(({ given }) => [given.streams, given.contextTokens])).toEqual([
    [4, 528],
    [4, 528],
  ])
  expect(known.map(({ isFitted }) => isFitted)).toEqual([true, false])
})

test('unknown machines, models and settings are left out, each with a warning at its row', async () => {
  const { known, warnings } = await reading(
    'a,llama.cpp,Abacus,gpt-oss-20b,tg32,decode,84,token/s',
    `${SPARK.replace('gpt-oss-20b', 'gpt-1')},tg32,decode,84,token/s`,
    `${SPARK},pp512,decode,84,token/s`,
    'b,KTransformers,RTX 4090,any,any,throughput,1 / 2,token/s',
  )
  expect(known).toEqual([])
  expect(warnings.map((warning) => [render(warning), warning.span?.line])).toEqual([
    [expect.stringContaining('hardware "Abacus" is not known'), 2],
    [expect.stringContaining('model "gpt-1" is not known'), 3],
    [expect.stringContaining('setting "pp512" is not known'), 4],
  ])
})

test('a row is held against a run of moesim', async () => {
  const { replays } = await systemFile.read(ioWith([`${SPARK},tg32,decode,84,token/s`]), {
    at,
    hardwareFiles: [],
  })
  const given = { hardware: 'dgx-spark', model: 'gpt-oss-20b-gguf', streams: 1, contextTokens: 16 }
  const ours = await systemTokensPerS(nodeIo, given)
  expect(replays[0]!.expected).toEqual([
    { table: 'machines', row: 'dgx-spark, gpt-oss-20b, tg32', reference: 84 },
  ])
  expect(replays.map((replay) => replay.values({} as never))).toEqual([[ours]])
})

test('a start-up is found again from the rates it gives', async () => {
  const given = { hardware: 'dgx-spark', model: 'gpt-oss-20b-gguf', streams: 4, contextTokens: 528 }
  const measuredTokensPerS = await systemTokensPerS(nodeIo, given, ['hardware.compute.startup.fitted=3.7 us'])
  const { known } = await reading(`${SPARK},tg32,decode,84,token/s`)
  const found = await fitLaunch(nodeIo, [{ ...known[0]!, given, measuredTokensPerS }])
  expect(found.value).toBeCloseTo(3.7, 2)
})
