// Types of build.mjs, for the tests.
export function buildFromSource(root?: string): string
