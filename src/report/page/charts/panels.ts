// Panels beside each other, one for each scheduler: their titles, and their axes where they show the time of one iteration.
import type { ObservedScheduler } from '../../../observe/observed-run.ts'

const PS_PER_US = 1e6
/** Beyond this ratio a shared axis would press the fastest scheduler flat. */
const MOST_RATIO = 4

/** As SVG every mark is an element; so many of them take seconds to draw. */
const MOST_SVG_MARKS = 1500

/** What a spec says of how it is drawn in the page. */
export function drawnAs(marks: number) {
  return marks > MOST_SVG_MARKS ? { usermeta: { embedOptions: { renderer: 'canvas' } } } : {}
}

export const toUs = (ps: number) => ps / PS_PER_US

export const TIME_AXIS = { title: 'time [µs]', axis: { labelFlush: false, tickCount: 6 } }

/** A panel for each. A long id, such as one with several options, would be cut off: it takes several lines. */
export function bySchedulers(schedulers: readonly ObservedScheduler[]) {
  return {
    ...{ field: 'scheduler', type: 'nominal' as const, title: null },
    sort: schedulers.map(({ id }) => id),
    header: { labelExpr: "split(datum.label, ',')" },
  }
}

/** What all panels have in common, and the sentence that says so where the time axes differ. */
export function timePanels(schedulers: readonly ObservedScheduler[]) {
  const latencies = schedulers.map(({ latencyPs }) => latencyPs)
  const areOwn = Math.max(...latencies) > MOST_RATIO * Math.min(...latencies)
  return {
    sentence: areOwn ? ' Latencies differ so much that every panel has its own time axis.' : '',
    layout: {
      facet: bySchedulers(schedulers),
      columns: 2,
      resolve: {
        axis: { x: 'independent' as const },
        ...(areOwn && { scale: { x: 'independent' as const } }),
      },
    },
  }
}
