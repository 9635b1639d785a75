// The placement files that schedulers of an experiment name, such as ep:placement=map.json, read and held against the machine.
import { basename } from 'node:path'
import { UserError } from '../../errors.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import { buildTopology } from '../../hardware/topology.ts'
import type { Io } from '../../io.ts'
import type { ModelShape } from '../../model/shape.ts'
import { fileOption } from '../../schedulers/table.ts'
import { besideFile, readConfig } from '../library.ts'
import { parseExpertMap } from '../placement/forms.ts'
import type { Reporter } from '../validate.ts'
import type { ConfigView } from '../view.ts'
import type { PlacementFile, SchedulerChoice } from './experiment.ts'

interface Setting {
  readonly view: ConfigView
  /** The experiment's file: what it names lies beside it. */
  readonly file: string
  readonly hardware: HardwareSpec
  readonly model: ModelShape
  readonly report: Reporter
}

/** The same choices, each with the placement that it names; findings go to `report`. `choices`: as they stand in the list. */
export async function withPlacementFiles(
  io: Io,
  choices: readonly SchedulerChoice[],
  { view, file, hardware, model, report }: Setting,
): Promise<SchedulerChoice[]> {
  const result: SchedulerChoice[] = []
  for (const [i, choice] of choices.entries()) {
    const named = fileOption(choice)
    if (named === undefined) {
      result.push(choice)
      continue
    }
    const isFromFile = view.place(['schedulers', i], 'value').file === file
    const path = isFromFile ? besideFile(named, file) : named
    try {
      result.push({ ...choice, placement: await readPlacementFile(io, path, hardware, model) })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      report.findings.push(...error.diagnostics)
    }
  }
  return result
}

async function readPlacementFile(
  io: Io,
  path: string,
  hardware: HardwareSpec,
  model: ModelShape,
): Promise<PlacementFile> {
  const text = await readConfig(io, path)
  const { dies, order } = buildTopology(hardware.topology)
  const { name, experts, moeLayers, layers } = model
  const expected = { model: name, experts, moeLayers, layers, devices: dies, hardware: hardware.name, order }
  const hash = io.hash()
  hash.update(text)
  return { file: basename(path), sha256: hash.hex(), map: parseExpertMap(text, path, expected) }
}
