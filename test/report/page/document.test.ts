// The HTML of a page: everything inline, everything else forbidden, and names that stay text.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/node/io.ts'
import { pageHtml } from '../../../src/report/page/document.ts'
import { escapeHtml, inlineJson, inlineScript } from '../../../src/report/page/escape.ts'
import type { Page } from '../../../src/report/page/page.ts'
import { runPage } from '../../../src/report/page/run-page.ts'
import { sampleResult } from '../../helpers/results.ts'

const SCRIPT = { code: "const a = '</script><!-- <script>'", licences: 'kept <as is>' }
const EVIL = `</script><img src=x onerror="alert('1')">&<!--`

const evilPage: Page = {
  title: EVIL,
  facts: [{ label: EVIL, text: EVIL }],
  datasets: { rows: [{ name: EVIL }] },
  sections: [
    {
      heading: EVIL,
      notes: [EVIL],
      charts: [
        {
          ...{ id: 'only', title: EVIL, caption: EVIL },
          spec: { data: { values: [{ name: EVIL }] }, mark: 'bar', encoding: {} },
        },
      ],
      tables: [{ title: EVIL, columns: [{ header: EVIL, align: 'left' }], rows: [[EVIL]] }],
      folded: [{ label: EVIL, text: EVIL }],
      commands: [EVIL],
    },
  ],
}

test('a name is markup nowhere in the page', () => {
  const html = pageHtml(nodeIo, evilPage, SCRIPT)
  expect(html).not.toContain('<img')
  expect(html).not.toContain('<!-- ')
  expect(html.match(/<script\b/g)).toHaveLength(2)
  expect(html.match(/<\/script\b/g)).toHaveLength(2)
})

test('the data survive the way into the page', () => {
  const html = pageHtml(nodeIo, evilPage, SCRIPT)
  const [, json] = /<script type="application\/json" id="moesim-data">(.*?)<\/script>/.exec(html) ?? []
  expect(JSON.parse(json ?? '').datasets).toEqual(evilPage.datasets)
})

test('the policy allows the inline style and script by their hashes and nothing else', () => {
  const html = pageHtml(nodeIo, runPage(sampleResult, 'moesim run'), SCRIPT)
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? []
  const hashOf = (tag: string) => {
    const [, text] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html) ?? []
    return createHash('sha256')
      .update(text ?? '')
      .digest('base64')
  }
  expect(policy).toBe(
    `default-src 'none'; script-src 'sha256-${hashOf('script')}'; style-src 'sha256-${hashOf('style')}'; base-uri 'none'; form-action 'none'`,
  )
  expect(html).not.toMatch(/\s(style|on\w+)="/)
  expect(html).not.toMatch(/\b(src|href)=/)
})

test('escaped HTML holds no character that ends text or an attribute', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
    }),
  )
})

test('inlined JSON parses to what it was made of, without a "<"', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('<!--', '</script>', '\u2028'), (value, text) => {
      const inlined = inlineJson([value, text])
      expect(inlined).not.toContain('<')
      expect(JSON.parse(inlined)).toEqual(JSON.parse(JSON.stringify([value, text])))
    }),
  )
})

test('inlined code does the same without ending its element', () => {
  const code = inlineScript("['</script>', '<!--', '<SCRIPT', /<\\/script>/.source, 1 < 2]")
  expect(code).not.toMatch(/<(\/script|!--|script)/i)
  expect(new Function(`return ${code}`)()).toEqual(['</script>', '<!--', '<SCRIPT', '<\\/script>', true])
})
