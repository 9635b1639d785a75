// The page of a run: speedup first, then time, memory and energy, the tables of the terminal, the config.
import type { RunResult } from '../../sim/result.ts'
import { headline } from '../headline.ts'
import { sections } from '../sections.ts'
import { boundsChart } from './charts/bounds.ts'
import { layersChart } from './charts/layers.ts'
import { memoryTrafficChart, sramChart } from './charts/memory.ts'
import { energyChart, latencyPartsChart } from './charts/parts.ts'
import { speedupChart } from './charts/speedup.ts'
import type { Chart, Page, PageSection } from './page.ts'

/** `command`: what was typed, for the shell. */
export function runPage(result: RunResult, command: string): Page {
  const { name } = result.experiment as { name?: string }
  return {
    title: name === undefined ? 'moesim run' : `moesim run: ${name}`,
    facts: [...headline(result), { label: 'moesim', text: result.moesim }],
    datasets: {},
    sections: [
      section('Time', [
        speedupChart(result),
        boundsChart(result),
        latencyPartsChart(result),
        layersChart(result),
      ]),
      section('Memory', [sramChart(result), memoryTrafficChart(result)]),
      section('Energy', [energyChart(result)]),
      { heading: 'Tables', notes: [], charts: [], tables: sections(result) },
      repeatSection([command, `${command} --format json`], result),
    ].filter(({ charts, tables, commands }) => charts.length + tables.length > 0 || commands !== undefined),
  }
}

function section(heading: string, charts: readonly (Chart | undefined)[]): PageSection {
  return { heading, notes: [], charts: charts.filter((chart) => chart !== undefined), tables: [] }
}

/** How to get the same numbers again, and from what they came. */
function repeatSection(
  commands: readonly string[],
  { experiment, configSha256, traceSha256 }: RunResult,
): PageSection {
  return {
    heading: 'Repeat it',
    notes: [
      'In the folder where it was run: the same version, config and routing give the same numbers, byte by byte.',
      `SHA-256 of the resolved config: ${configSha256}`,
      `SHA-256 of the routing: ${traceSha256}`,
    ],
    charts: [],
    tables: [],
    commands,
    folded: [{ label: 'The resolved config, in base units', text: JSON.stringify(experiment, null, 2) }],
  }
}
