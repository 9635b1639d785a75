// Whether tasks share their hot experts (S7): the tasks are the folders that the ids of requests name.
import type { TraceRequest } from '../source.ts'
import { binomialTail } from './chance.ts'
import type { MeasureSheet } from './measure.ts'
import { hotSet } from './phases.ts'

const HOT_EXPERTS = 10
const COMMON_SHARE = 0.9

/** Requests `<group>/<task>/<name>` or `<task>/<name>`; a group is what holds tasks, such as a benchmark or its language. */
export interface TaskTable {
  /** In order of first appearance: the request ids without their last part. */
  readonly tasks: readonly string[]
  /** Index in `tasks` of each request. */
  readonly taskOfRequest: Int32Array
}

/** Undefined where fewer than two tasks are named, or a request names none. */
export function tasksOf(requests: readonly TraceRequest[]): TaskTable | undefined {
  const numbers = new Map<string, number>()
  const taskOfRequest = new Int32Array(requests.length)
  for (const [index, { id }] of requests.entries()) {
    const end = id.lastIndexOf('/')
    if (end <= 0) return undefined
    const task = id.slice(0, end)
    if (!numbers.has(task)) numbers.set(task, numbers.size)
    taskOfRequest[index] = numbers.get(task)!
  }
  return numbers.size < 2 ? undefined : { tasks: [...numbers.keys()], taskOfRequest }
}

/** Ids of the experts that are common in every group, ascending. */
export function sharedExperts(groups: readonly TaskGroup[]): number[] {
  const [first, ...others] = groups
  return (first?.commonExperts ?? []).filter((expert) =>
    others.every(({ commonExperts: common }) => common.includes(expert)),
  )
}

/** Experts that are hot in nearly all tasks of one group. */
export interface TaskGroup {
  /** The folder above the tasks; empty where they stand at the top. */
  readonly group: string
  readonly tasks: number
  /** Ids of the experts in the top 10 of at least 90 % of its tasks, ascending. */
  readonly commonExperts: readonly number[]
}

/** Ids of the experts that are in the top 10 (used experts, ties by id) of at least 90 % of the tasks, ascending. */
export function commonExperts(countsOfTask: readonly Float64Array[]): number[] {
  const experts = countsOfTask[0]?.length ?? 0
  const hotIn = new Int32Array(experts)
  for (const counts of countsOfTask) for (const expert of hotSet(counts, HOT_EXPERTS)) hotIn[expert]!++
  const least = leastTasks(countsOfTask.length)
  return Array.from(hotIn.keys()).filter((expert) => hotIn[expert]! >= least)
}

/** 90 % of the tasks, rounded up; the margin keeps 0.9 * 70 at 63. */
function leastTasks(tasks: number): number {
  return Math.ceil(COMMON_SHARE * tasks - 1e-9)
}

/** How many experts would be common if every task's top 10 were a random one. */
export function commonByChance(experts: number, tasks: number): number {
  return experts * binomialTail(tasks, Math.min(1, HOT_EXPERTS / experts), leastTasks(tasks))
}

/** `counts` and `dealt`: selections [task][expert], as recorded and with tokens dealt to tasks at random. */
export function setTasks(
  sheet: MeasureSheet,
  table: TaskTable,
  counts: readonly Float64Array[],
  dealt: readonly Float64Array[],
): TaskGroup[] {
  const experts = counts[0]!.length
  sheet.set('common-experts', commonExperts(counts).length, {
    uniform: commonByChance(experts, counts.length),
    shuffled: commonExperts(dealt).length,
  })
  const groups = new Map<string, Float64Array[]>()
  for (const [task, name] of table.tasks.entries()) {
    const group = name.slice(0, Math.max(0, name.lastIndexOf('/')))
    groups.set(group, [...(groups.get(group) ?? []), counts[task]!])
  }
  return [...groups].map(([group, of]) => ({ group, tasks: of.length, commonExperts: commonExperts(of) }))
}
