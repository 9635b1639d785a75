// Text that must stay text: in HTML, and in the data and code inlined into HTML.
import { visible } from '../../visible.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** JSON for a `<script type="application/json">`: without `<` nothing in it can end the element or open a comment. */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

/**
 * Code for a `<script>`. In JavaScript these sequences stand in strings, templates and regular expressions, where a
 * backslash before the second character changes nothing.
 */
export function inlineScript(code: string): string {
  return code.replaceAll(/<(?=\/script|!--|script)/gi, '\\x3c')
}
