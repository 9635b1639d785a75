// The resolved experiment as plain data: what results show and what configSha256 is the hash of.
import { basename } from 'node:path'
import type { Experiment, SchedulerChoice } from './experiment/experiment.ts'

/**
 * JSON-able form, keys in a fixed order, Infinity as "unlimited". Independent of where and how the result is
 * written, and of the folders of this machine: a trace counts by its file name (its content has a hash of its own).
 */
export function canonicalExperiment(experiment: Experiment): unknown {
  return plain(canonicalSections(experiment))
}

/** Its sections by key, not plain yet: those of experiments that share one are the same object. */
export function canonicalSections(experiment: Experiment): Readonly<Record<string, unknown>> {
  const {
    name,
    hardware,
    model,
    routing,
    workload,
    endToEnd,
    optimum,
    layers,
    schedulers,
    baseline,
    seed,
    seeds,
    jitter,
    compat,
  } = experiment
  const source = routingWithoutFolder(routing)
  return {
    name,
    hardware,
    model,
    routing: source,
    workload,
    endToEnd,
    optimum,
    layers,
    schedulers: schedulers.map(withoutMap),
    baseline,
    seed,
    seeds,
    // A run without repetitions is the same as before there were any.
    jitter: jitter > 0 ? jitter : undefined,
    compat,
  }
}

/** Keys that are absent left out, Infinity as "unlimited". */
export function plain(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return 'unlimited'
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) copy[key] = plain(inner)
  return copy
}

/** A placement counts by its file's name and hash. */
function withoutMap(choice: SchedulerChoice) {
  const { placement } = choice
  return placement === undefined
    ? choice
    : { ...choice, placement: { file: placement.file, sha256: placement.sha256 } }
}

/** Where a file lies is this machine's business; what is in it shows in its own hash. */
function routingWithoutFolder(routing: Experiment['routing']) {
  if (routing.kind === 'generator') return routing
  const file = basename(routing.path)
  return routing.kind === 'trace'
    ? { kind: routing.kind, file }
    : { kind: routing.kind, file, spec: routing.spec }
}
