// The pages in a real headless Chromium, offline, in light and dark; skipped, saying so, where none is installed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page as Tab } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { runCli } from '../helpers/run-cli.ts'

const chromium = chromiumPath()
const why = chromium === undefined ? ' (skipped: no chromium on the PATH and no MOESIM_CHROMIUM)' : ''
const SMALL = ['--tokens', '16', '--layers', '0,16', '--scheduler', 'ep', '--scheduler', 'fse-dp', '--quiet']
const SCHEMES = ['light', 'dark'] as const
/** In CSS pixels: smaller is hard to read at 1280 pixels. */
const LEAST_FONT_SIZE = 11

interface Opened {
  readonly tab: Tab
  /** Everything on the console, errors of the page, and requests beside the page itself. */
  readonly complaints: readonly string[]
}

describe.skipIf(chromium === undefined)(`a page in Chromium${why}`, () => {
  let folder: string
  let browser: Browser
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'moesim-browser-'))
    browser = await startBrowser(chromium!)
    const sweep = ['sweep', 'demo', '--axis', 'workload.tokens=8,16', '--output-dir', join(folder, 'points')]
    const axis = ['--axis', 'hardware.link.bandwidth=96 GB/s,288 GB/s', '--set', 'layers=[0]', '--quiet']
    const runs = [
      ['run', ...SMALL, '--report', join(folder, 'run.html')],
      [...sweep, ...axis, '--report', join(folder, 'sweep.html')],
    ]
    for (const argv of runs) {
      const { exitCode, stderr } = await runCli(argv)
      expect({ exitCode, stderr }, argv.join(' ')).toEqual({ exitCode: 0, stderr: '' })
    }
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  async function open(name: string, scheme: (typeof SCHEMES)[number]): Promise<Opened> {
    const tab = await browser.newPage()
    const complaints: string[] = []
    const url = pathToFileURL(join(folder, name)).href
    tab.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    tab.on('pageerror', (error) => complaints.push(String(error)))
    tab.on('request', (request) => {
      if (request.url() !== url) complaints.push(`asked for ${request.url()}`)
    })
    await tab.setViewport({ width: 1280, height: 900 })
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await tab.goto(url)
    await tab.waitForFunction(() => document.documentElement.dataset.charts === 'drawn')
    return { tab, complaints }
  }

  describe.each(['run.html', 'sweep.html'])('%s', (name) => {
    test.each(SCHEMES)('opens in %s without a complaint, and every chart has marks', async (scheme) => {
      const { tab, complaints } = await open(name, scheme)
      const charts = await tab.$$eval('.chart', (elements) =>
        elements.map((element) => ({
          id: element.id,
          marks: element.querySelectorAll('[aria-roledescription]:not([role="graphics-symbol"][aria-hidden])')
            .length,
          fits: element.scrollWidth <= element.clientWidth,
        })),
      )
      expect(complaints).toEqual([])
      expect(charts.length).toBeGreaterThan(1)
      for (const { id, marks, fits } of charts) {
        expect(marks, id).toBeGreaterThan(1)
        expect(fits, `${id} fits 1280 pixels`).toBe(true)
      }
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBe(1280)
      await tab.close()
    })

    test.each(SCHEMES)('has text in %s that is large enough and stands out from the page', async (scheme) => {
      const { tab } = await open(name, scheme)
      const texts = await tab.$$eval('.chart svg text, p, td, dd, h2', (elements) =>
        elements
          .filter((element) => element.textContent !== '')
          .map((element) => {
            const { fontSize, color, fill } = getComputedStyle(element)
            const isSvg = element instanceof SVGElement
            return {
              text: element.textContent,
              size: Number.parseFloat(fontSize),
              color: isSvg ? fill : color,
            }
          }),
      )
      const background = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect(texts.length).toBeGreaterThan(20)
      for (const { text, size, color } of texts) {
        expect(size, `${text}`).toBeGreaterThanOrEqual(LEAST_FONT_SIZE)
        // 4.5 is what the Web Content Accessibility Guidelines 2 ask of text (level AA).
        expect(contrast(color, background), `${text} ${color} on ${background}`).toBeGreaterThanOrEqual(4.5)
      }
      await tab.close()
    })
  })

  test('a bar shows what it stands for under the pointer', async () => {
    const { tab, complaints } = await open('run.html', 'light')
    await (await tab.$('#speedup .mark-rect path'))!.hover()
    await tab.waitForSelector('#vg-tooltip-element.visible')
    const text = await tab.$eval('#vg-tooltip-element', (element) => element.textContent)
    expect(text).toContain('scheduler')
    expect(text).toContain('ep')
    expect(text).toContain('1.00')
    expect(complaints).toEqual([])
  })

  test('the charts are drawn anew when the reader changes between light and dark', async () => {
    const { tab, complaints } = await open('run.html', 'light')
    const fill = () => tab.$eval('#speedup svg text', (element) => getComputedStyle(element).fill)
    const light = await fill()
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }])
    await tab.waitForFunction(
      (before) => {
        const text = document.querySelector('#speedup svg text')
        const isDrawn = document.documentElement.dataset.charts === 'drawn'
        return isDrawn && text !== null && getComputedStyle(text).fill !== before
      },
      {},
      light,
    )
    expect(complaints).toEqual([])
  })

  test('the check sees a script that the policy forbids', async () => {
    const evil =
      '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'"><script>1</script>'
    writeFileSync(join(folder, 'evil.html'), `${evil}<html data-charts="drawn">`)
    expect((await open('evil.html', 'light')).complaints.join()).toContain('Content Security Policy')
  })
})

/** Of two colours as `rgb(...)`, by the Web Content Accessibility Guidelines 2. */
function contrast(a: string, b: string): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (lighter! + 0.05) / (darker! + 0.05)
}

function luminance(color: string): number {
  const [red, green, blue] = (color.match(/[\d.]+/g) ?? []).map((channel) => {
    const share = Number(channel) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
