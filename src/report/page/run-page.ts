// The page of a run: speedup first, then time, memory and energy, a look inside one iteration, the tables, the config.

import type { ObservedRun } from '../../observe/observed-run.ts'
import type { RunResult } from '../../sim/result.ts'
import { headline, runTitle } from '../headline.ts'
import { sections } from '../sections.ts'
import { boundsChart } from './charts/bounds.ts'
import { layersChart } from './charts/layers.ts'
import { memoryTrafficChart, sramChart } from './charts/memory.ts'
import { packageMap } from './charts/package-map.ts'
import { energyChart, latencyPartsChart, timeStepsChart } from './charts/parts.ts'
import { speedupChart } from './charts/speedup.ts'
import { sramFillChart } from './charts/sram-fill.ts'
import { waitsChart } from './charts/waits.ts'
import type { Chart, Page, PageSection } from './page.ts'

/** `command`: what was typed, for the shell. `observed`: one iteration of the same experiment, where it was looked at. */
export function runPage(result: RunResult, command: string, observed?: ObservedRun): Page {
  const { name } = result.experiment as { name?: string }
  return {
    title: runTitle([result.experiment]),
    facts: [
      ...(name === undefined ? [] : [{ label: 'experiment', text: name }]),
      ...headline(result),
      { label: 'moesim', text: result.moesim },
    ],
    datasets: {},
    sections: [
      section('Time', [
        speedupChart(result),
        boundsChart(result),
        timeStepsChart(result),
        latencyPartsChart(result),
        layersChart(result),
      ]),
      section('Memory', [sramChart(result), memoryTrafficChart(result)]),
      section('Energy', [energyChart(result)]),
      ...(observed === undefined ? [] : [insideSection(observed)]),
      { heading: 'Tables', notes: [], charts: [], tables: sections(result) },
      repeatSection([command, `${command} --format json`], result),
    ].filter(({ charts, tables, commands }) => charts.length + tables.length > 0 || commands !== undefined),
  }
}

function section(heading: string, charts: readonly (Chart | undefined)[]): PageSection {
  return { heading, notes: [], charts: charts.filter((chart) => chart !== undefined), tables: [] }
}

/** One iteration: what the numbers of the whole run cannot show. */
function insideSection(observed: ObservedRun): PageSection {
  const { layer, iteration, iterations, phase, tokens, seed, schedulers, leftOut } = observed
  const which = `Layer ${layer}, iteration ${iteration + 1} of ${iterations} (${phase}, ${tokens} tokens), seed ${seed}`
  const pausing = schedulers.filter((scheduler) => scheduler.tokens !== tokens)
  const charts = [packageMap(observed), waitsChart(observed), sramFillChart(observed)]
  return {
    ...section('Inside one iteration', charts),
    notes: [
      `${which}: simulated once more to look at it, and nothing but it is shown here.`,
      ...(iterations > 1
        ? ['It is the first one with tokens: what later ones find kept, such as replicas, is not there yet.']
        : []),
      ...pausing.map(({ id, tokens: own }) => `${id} pauses requests: it has ${own} tokens here.`),
      ...(leftOut.length === 0
        ? []
        : [`Not shown, because their layers run interleaved: ${leftOut.join(', ')}.`]),
    ],
  }
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
