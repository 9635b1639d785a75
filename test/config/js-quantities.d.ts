// The part of js-quantities that tests use as an oracle; it ships no types.
declare module 'js-quantities' {
  interface Quantity {
    readonly scalar: number
    to(unit: string): Quantity
  }
  export default function Qty(text: string): Quantity
}
