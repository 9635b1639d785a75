// A page as one HTML document that asks nothing of the outside: styles, script and data inline, all else forbidden.
import type { Io } from '../../io.ts'
import { escapeHtml, inlineJson, inlineScript } from './escape.ts'
import { type Chart, chartsOf, type Page, type PageScript, type PageSection, type PageTable } from './page.ts'
import { STYLE } from './style.ts'
import { chartConfig } from './theme.ts'

/** The same page and script give the same bytes. */
export function pageHtml(io: Pick<Io, 'hash'>, page: Page, script: PageScript): string {
  const code = inlineScript(script.code)
  const data = {
    themes: { light: chartConfig('light'), dark: chartConfig('dark') },
    datasets: page.datasets,
    charts: Object.fromEntries(chartsOf(page).map(({ id, spec }) => [id, spec])),
  }
  const policy = [
    "default-src 'none'",
    `script-src '${sourceHash(io, code)}'`,
    `style-src '${sourceHash(io, STYLE)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(page.title)}</h1>
${factsHtml(page)}
<noscript><p>The charts need JavaScript; the tables do not.</p></noscript>
${page.sections.map(sectionHtml).join('\n')}
<details><summary>Licences of the software inside this page</summary><pre>${escapeHtml(script.licences)}</pre></details>
<script type="application/json" id="moesim-data">${inlineJson(data)}</script>
<script>${code}</script>
</body>
</html>
`
}

/** What a content security policy calls inline text by. */
function sourceHash(io: Pick<Io, 'hash'>, text: string): string {
  const hash = io.hash()
  hash.update(text)
  return `sha256-${Buffer.from(hash.hex(), 'hex').toString('base64')}`
}

function factsHtml({ facts }: Page): string {
  const entries = facts.map(({ label, text }) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(text)}</dd>`)
  return `<dl>${entries.join('\n')}</dl>`
}

function sectionHtml(section: PageSection): string {
  const { heading, notes, charts, tables, folded = [], commands = [] } = section
  return [
    `<section><h2>${escapeHtml(heading)}</h2>`,
    ...notes.map((note) => `<p>${escapeHtml(note)}</p>`),
    ...charts.map(chartHtml),
    ...tables.map(tableHtml),
    ...(commands.length === 0 ? [] : [`<pre>${escapeHtml(commands.join('\n'))}</pre>`]),
    ...folded.map(
      ({ label, text }) =>
        `<details><summary>${escapeHtml(label)}</summary><pre>${escapeHtml(text)}</pre></details>`,
    ),
    '</section>',
  ].join('\n')
}

function chartHtml({ id, title, caption }: Chart): string {
  return `<figure><figcaption><h3>${escapeHtml(title)}</h3><p>${escapeHtml(caption)}</p></figcaption>
<div class="chart" id="${escapeHtml(id)}"></div>
<button type="button" data-chart="${escapeHtml(id)}" data-save="svg">Save as SVG</button>\
<button type="button" data-chart="${escapeHtml(id)}" data-save="spec">Save the Vega-Lite spec</button></figure>`
}

function tableHtml({ title, columns, rows }: PageTable): string {
  const cell = (tag: 'th' | 'td') => (text: string, c: number) => {
    const align = columns[c]?.align === 'right' ? ' class="right"' : ''
    return `<${tag}${align}>${escapeHtml(text)}</${tag}>`
  }
  const header = columns.map(({ header }) => header).map(cell('th'))
  const body = rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`)
  return `<h3>${escapeHtml(title)}</h3>
<div class="scroll"><table><thead><tr>${header.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`
}
