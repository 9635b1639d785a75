// What is used of npm's highs: its own types describe a CommonJS module, and what is imported is its ES module.
declare module 'highs' {
  interface Solved {
    readonly Status: string
    readonly Columns: Readonly<Record<string, { readonly Primal: number }>>
    /** Without duals where there is no solution. */
    readonly Rows: readonly { readonly Index: number; readonly Dual?: number }[]
  }

  export default function loadHighs(): Promise<{
    solve(program: string, options: Readonly<Record<string, string | number>>): Solved
  }>
}
