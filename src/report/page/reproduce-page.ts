// The page of a reproduction: how near our numbers are, then each figure with its tables, verdicts and curves.
import type { Reproduction } from '../../papers/reproduce.ts'
import { blocks } from '../reproduce/reproduce.ts'
import { agreementChart } from './charts/agreement.ts'
import { curvesChart } from './charts/curves.ts'
import type { Page, PageSection } from './page.ts'

/** `command`: what was typed, for the shell. */
export function reproducePage(reproduction: Reproduction, version: string, command: string): Page {
  const { figures, claims, shows, seed } = reproduction
  const [head, ...rest] = blocks(reproduction, true)
  const shownRows = shows === 'claims' ? claims : figures.flatMap(({ rows }) => rows)
  const agreement = agreementChart(shownRows)
  return {
    title: head!.heading,
    facts: [
      { label: 'seed', text: `${seed}` },
      { label: 'moesim', text: version },
    ],
    datasets: {},
    sections: [
      { heading: 'Agreement', notes: head!.lines, charts: agreement ? [agreement] : [], tables: [] },
      ...rest.map((block, i): PageSection => {
        // The claims come before all figures.
        const figure = shows === 'claims' ? undefined : figures[shows === 'figures' ? i : i - 1]
        const curves = figure?.tables.map((table) => curvesChart(figure.id, table)) ?? []
        return {
          heading: block.heading,
          notes: [...block.lines, ...block.notes.map(({ text }) => text)],
          charts: curves.filter((chart) => chart !== undefined),
          tables: block.grids,
          folded: [
            {
              label: 'Why it came out so, by which rule, and how to run it',
              text: block.reasons.join('\n\n'),
            },
          ],
        }
      }),
      {
        heading: 'Repeat it',
        notes: ['The same version and input give the same numbers, byte by byte.'],
        charts: [],
        tables: [],
        commands: [command, `${command} --format json`],
      },
    ],
  }
}
