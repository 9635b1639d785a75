// What the reproduction of a paper is made of: papers, figures, rows with a verdict, data tables.
//
// A paper is a table of figures (papers.ts). To add a figure: write one file that exports a `Figure`, whose `run` loads
// bundled experiments through the lab, measures them and returns rows, and put one line into the paper's table, such
// as fse-dp/figures.ts. A row that carries a `claim` is also shown by `moesim reproduce <paper> claims`.
import type { Lab } from './lab.ts'

export type Verdict = 'pass' | 'partly' | 'fail'

/** A number with its unit: ps, B, ratio (1.5 is "1.5x"), share (0.2 is "20 %"), count, and others as they are. */
export interface Amount {
  readonly value: number
  readonly unit: string
  /** Half-width of its 95 % interval, where layers were sampled. */
  readonly ci95?: number | undefined
}

/** What the paper states, in our words, and the number in it, if there is one (in the unit of `ours`). */
interface Published {
  readonly text: string
  readonly value: number | null
}

/** A verdict and the rule it follows from; made by the functions of rules.ts, never written down by hand. */
export interface Judgement {
  readonly verdict: Verdict
  readonly rule: string
}

/**
 * A way to read what the paper leaves open, under which a claim is tried once more beside its plain setting. It was
 * chosen after results had been seen, so that what passes under it explains the claim and predicts nothing.
 */
export interface Reading {
  /** What is read differently, such as `1024 MAC/cycle`. */
  readonly name: string
  /** Where it comes from, and every setting that it changes. */
  readonly settings: string
}

/** One statement of the paper beside our number. */
export interface Row {
  /** Unique within a paper, such as `F9-lowest`. */
  readonly id: string
  /** The claim or headline this row answers, such as `Q1`; rows of one claim stand together in `claims`. */
  readonly claim?: string
  /** Absent: the setting that the paper states, everything else at its default. */
  readonly reading?: Reading | undefined
  /** What `ours` measures. */
  readonly what: string
  /** What was simulated: as far as possible arguments that `moesim run` takes. */
  readonly config: string
  /** null: the paper states nothing about it; the row is there for comparison. */
  readonly published: Published | null
  /** Simulated in this very call. */
  readonly ours: Amount
  /** null: nothing to judge. */
  readonly judgement: Judgement | null
  /** Why it came out like this: one or two clauses, of which people see as many as two lines take. */
  readonly reason: string
  /** What else there is to know, for those who ask. */
  readonly detail?: string | undefined
}

export interface DataColumn {
  readonly name: string
  /** As in Amount; absent for names and plain numbers. */
  readonly unit?: string
}

/** Numbers behind a figure: printed where they are few, and written as `<paper>-<figure>-<name>.csv`. */
export interface DataTable {
  /** Lower-case letters, digits and hyphens: it becomes part of a file name. */
  readonly name: string
  readonly title: string
  readonly columns: readonly DataColumn[]
  readonly rows: readonly (readonly (string | number)[])[]
  /** Curves and maps are too long to read and go to files alone. */
  readonly isPrinted: boolean
}

export interface FigureResult {
  readonly rows: readonly Row[]
  readonly tables: readonly DataTable[]
  /** What a reader must know beside the numbers: routing statistics, what was reduced, what cannot be reproduced. */
  readonly notes: readonly string[]
}

export interface Figure {
  readonly title: string
  /** It reads recorded traces that do not ship with moesim: without a folder of them it is left out. */
  readonly needsTrace?: boolean
  /** It runs without recorded traces, and compares with them where a folder of them is given. */
  readonly takesTrace?: boolean
  /** Measures and judges. Throws UserError where its inputs cannot be used. */
  run(lab: Lab): Promise<FigureResult>
}

export interface Paper {
  readonly title: string
  /** What holds for all of its figures, a line each. */
  readonly preface: readonly string[]
  /** By id, in the order of printing. */
  readonly figures: Readonly<Record<string, Figure>>
  /** The claims of the paper in the order in which `claims` shows them. */
  readonly claims: readonly string[]
}
