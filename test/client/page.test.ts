// The pages in a real headless Chromium, offline, in light and dark; skipped, saying so, where none is installed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page as Tab } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeIo } from '../../src/cli/node/io.ts'
import { pageHtml } from '../../src/report/page/document.ts'
import { sweepPage } from '../../src/report/page/sweep-page.ts'
import { paretoFront } from '../../src/sweep/pareto.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { mergedSweep } from '../helpers/merged-sweep.ts'
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
      ['reproduce', 'fse-dp', 'F16b', '--quick', '--quiet', '--report', join(folder, 'reproduce.html')],
    ]
    for (const argv of runs) {
      const { exitCode, stderr } = await runCli(argv)
      expect({ exitCode, stderr }, argv.join(' ')).toEqual({ exitCode: 0, stderr: '' })
    }
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  async function open(name: string, scheme: (typeof SCHEMES)[number], width = 1280): Promise<Opened> {
    const tab = await browser.newPage()
    tab.setDefaultTimeout(0)
    const complaints: string[] = []
    const url = pathToFileURL(join(folder, name)).href
    tab.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    tab.on('pageerror', (error) => complaints.push(String(error)))
    tab.on('request', (request) => {
      if (request.url() !== url) complaints.push(`asked for ${request.url()}`)
    })
    await tab.setViewport({ width, height: 900 })
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await tab.goto(url)
    await tab.waitForFunction(() => document.documentElement.dataset.charts === 'drawn')
    return { tab, complaints }
  }

  describe.each(['run.html', 'sweep.html', 'reproduce.html'])('%s', (name) => {
    test.each(SCHEMES)('opens in %s without a complaint, and every chart has marks', async (scheme) => {
      const { tab, complaints } = await open(name, scheme)
      const charts = await tab.$$eval('.chart', (elements) =>
        elements.map((element) => ({
          id: element.id,
          marks: element.querySelectorAll('[aria-roledescription]:not([role="graphics-symbol"][aria-hidden])')
            .length,
          // Many marks are drawn as one picture: what is on it shows in its colours.
          colors: [...element.querySelectorAll('canvas')].map((canvas) => {
            const pixels = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data
            return new Set(new Uint32Array(pixels.buffer)).size
          }),
          fits: element.scrollWidth <= element.clientWidth,
        })),
      )
      expect(complaints).toEqual([])
      expect(charts.length).toBeGreaterThan(1)
      for (const { id, marks, colors, fits } of charts) {
        const [canvasColors] = colors
        if (canvasColors === undefined) expect(marks, id).toBeGreaterThan(1)
        else expect(canvasColors, id).toBeGreaterThan(50)
        expect(fits, `${id} fits 1280 pixels`).toBe(true)
      }
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBe(1280)
      await tab.close()
    })

    test.each([420, 900, 1400])('fits %d pixels, and no two labels of a chart meet', async (width) => {
      const { tab, complaints } = await open(name, 'light', width)
      const pixels = await tab.evaluate(() => document.documentElement.scrollWidth)
      const charts = await tab.$$eval('.chart', (elements) =>
        elements.map((element) => {
          const boxes = [...element.querySelectorAll('svg text')]
            .filter((text) => text.textContent !== '' && getComputedStyle(text).opacity !== '0')
            .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
          const met = boxes.flatMap(({ text, box: a }, i) =>
            boxes.slice(i + 1).flatMap(({ text: other, box: b }) => {
              const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
              const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
              // The boxes of two lines of one text touch, and have room above and below the letters.
              return across > 1 && down > 4 ? [`${text} / ${other}`] : []
            }),
          )
          return { id: element.id, met, fits: element.scrollWidth <= element.clientWidth }
        }),
      )
      expect({ pixels, complaints }).toEqual({ pixels: width, complaints: [] })
      expect(charts).toEqual(charts.map(({ id }) => ({ id, met: [], fits: true })))
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

  test.each([
    ['a die', '#package .mark-rect.role-mark path', ['compute unit busy', 'weights read for it']],
    ['a link', '#package .mark-rule.role-mark line', ['link', 'die 0 to die 1', 'carried', 'used']],
    ['a class of time', '#waits .mark-rect.role-mark path', ['mean', 'computing', 'of the iteration']],
  ])('%s shows what it stands for under the pointer', async (_, selector, texts) => {
    const { tab, complaints } = await open('run.html', 'dark')
    // A level line has no height: Puppeteer's own way of pointing at it would not find it.
    const middle = await tab.$eval(selector, (element) => {
      element.scrollIntoView({ block: 'center' })
      const { x, y, width, height } = element.getBoundingClientRect()
      return { x: x + width / 2, y: y + height / 2 }
    })
    await tab.mouse.move(middle.x, middle.y)
    await tab.waitForSelector('#vg-tooltip-element.visible')
    const text = await tab.$eval('#vg-tooltip-element', (element) => element.textContent)
    for (const part of ['scheduler', 'ep', ...texts]) expect(text).toContain(part)
    expect(complaints).toEqual([])
    await tab.close()
  })

  test('a moment of the SRAM of a die shows its bytes under the pointer', async () => {
    const { tab, complaints } = await open('run.html', 'light')
    const canvas = (await tab.$('#sram-over-time canvas'))!
    await canvas.scrollIntoView()
    const { x, y, width, height } = (await canvas.boundingBox())!
    const tooltip = () =>
      tab.$eval('#vg-tooltip-element', (element) =>
        element.classList.contains('visible') ? element.textContent : '',
      )
    let text = ''
    // Down across the first panel, until a line is met.
    for (let down = 0; down < height && !text.includes('MB'); down += 3) {
      await tab.mouse.move(x + width / 5, y + down)
      text = (await tab.$('#vg-tooltip-element')) === null ? '' : await tooltip()
    }
    for (const part of ['die', 'time [µs]', 'weights [MB]', 'tokens [MB]']) expect(text).toContain(part)
    expect(complaints).toEqual([])
    await tab.close()
  })

  test('a large sweep is drawn as pictures, and each of its marks still shows what it stands for', async () => {
    writeFileSync(join(folder, 'large.html'), await largeSweepHtml())
    const { tab, complaints } = await open('large.html', 'light')
    for (const id of ['heat-map', 'pareto']) expect(await tab.$(`#${id} canvas`), id).not.toBeNull()
    const { x, y } = (await (await tab.$('#heat-map canvas'))!.boundingBox())!
    await tab.mouse.move(x + 150, y + 100)
    await tab.waitForSelector('#vg-tooltip-element.visible')
    const lines = await tab.$$eval('#vg-tooltip-element tr', (rows) =>
      rows.map((row) => [...row.children].map(({ textContent }) => textContent)),
    )
    const titles = ['scheduler', 'point', 'workload.tokens', 'hardware.link.bandwidth [GB/s]', 'metric']
    expect(lines.map(([title]) => title)).toEqual(titles)
    const [scheduler, point, tokens, bandwidth, metric] = lines.map(([, value]) => value)
    expect(scheduler).toBe('ep')
    expect(Number(point)).toBe((Number(tokens) - 1) * LARGE.b + Number(bandwidth))
    // As the helper makes the latency up.
    expect(Number(metric)).toBeCloseTo(1.2345 * Number(tokens) * Number(bandwidth), 1)
    expect(complaints).toEqual([])
    await tab.close()
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

  test('a page is whole as soon as it has loaded, and light and open on paper', async () => {
    const tab = await browser.newPage()
    tab.setDefaultTimeout(0)
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }])
    await tab.goto(pathToFileURL(join(folder, 'run.html')).href)
    // What a snapshot at this moment would show.
    const empty = () =>
      tab.$$eval('.chart', (all) => all.filter((each) => each.querySelector('svg, canvas') === null).length)
    expect(await empty()).toBe(0)
    await tab.emulateMediaType('print')
    await tab.evaluate(() => void dispatchEvent(new Event('beforeprint')))
    await tab.waitForFunction(() => document.documentElement.dataset.charts === 'drawn')
    expect(await empty()).toBe(0)
    expect(
      await tab.$$eval('section details', (all) => all.every((each) => (each as HTMLDetailsElement).open)),
    ).toBe(true)
    const inks = await tab.$$eval('#speedup svg text', (all) =>
      all.map((each) => getComputedStyle(each).fill),
    )
    for (const ink of inks) expect(contrast(ink, 'rgb(255, 255, 255)')).toBeGreaterThanOrEqual(4.5)
    await tab.close()
  })

  test('the check sees a script that the policy forbids', async () => {
    const evil =
      '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'"><script>1</script>'
    writeFileSync(join(folder, 'evil.html'), `${evil}<html data-charts="drawn">`)
    expect((await open('evil.html', 'light')).complaints.join()).toContain('Content Security Policy')
  })
})

/** More rows than are drawn as SVG. */
const LARGE = { a: 50, b: 11 }

async function largeSweepHtml(): Promise<string> {
  const merged = mergedSweep(LARGE)
  const objectives = ['latency', 'peakSramPerDie']
  const front = await paretoFront(merged, objectives)
  const page = await sweepPage(merged, { front, objectives, command: 'moesim sweep grid.yaml' })
  const code = readFileSync(nodeIo.bundled('dist', 'client', 'charts.js'), 'utf8')
  return pageHtml(nodeIo, page, { code, licences: '' })
}

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
