// What differs between the settings of several runs: path by path, with the value in each.

/** A value of a setting; undefined where a setting has none at the path. */
export interface ConfigChange {
  /** `hardware.link.bytesPerPs`; what has an id is named by it: `schedulers.ep.options.prefetch`. */
  readonly path: string
  readonly values: readonly unknown[]
}

/** Paths in the order in which they first appear; only those whose values are not all the same. */
export function configChanges(settings: readonly unknown[]): ConfigChange[] {
  const flat = settings.map((setting) => new Map(leaves(setting, '')))
  const paths = [...new Set(flat.flatMap((values) => [...values.keys()]))]
  return paths
    .map((path) => ({ path, values: flat.map((values) => values.get(path)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1)
}

/** Every part that has no parts of its own; lists of plain values count as one. */
function leaves(value: unknown, path: string): [string, unknown][] {
  const inner = partsOf(value)
  if (inner === undefined) return [[path, value]]
  return inner.flatMap(([key, one]) => leaves(one, path === '' ? key : `${path}.${key}`))
}

function partsOf(value: unknown): [string, unknown][] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return Object.keys(value).length === 0 ? undefined : Object.entries(value)
  if (!value.some((item) => typeof item === 'object' && item !== null)) return undefined
  const ids = value.map((item: { readonly id?: unknown } | null) => item?.id)
  const areNamed = ids.every((id) => typeof id === 'string') && new Set(ids).size === ids.length
  if (!areNamed) return value.map((item, i): [string, unknown] => [`${i}`, item])
  return (value as { readonly id: string }[]).map(({ id, ...rest }): [string, unknown] => [id, rest])
}
