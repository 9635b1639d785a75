// Makes the pictures of the README from a page of `moesim run`: node .github/pictures/make.mjs /usr/bin/chromium
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import puppeteer from 'puppeteer-core'

const [, , executablePath] = process.argv
const RUN = ['run', '--hardware', 'fse-dp-4x4']
const SCHEDULERS = ['ep', 'fse-dp', 'forecast-prefetch'].flatMap((id) => ['--scheduler', id])
const WIDTH = 1280
/** What of the page each picture shows: from the top of one element to the end of another. */
const PICTURES = [
  { file: 'run-light.png', scheme: 'light', from: 'body', to: 'figure:has(#bounds)' },
  { file: 'run-dark.png', scheme: 'dark', from: 'section:has(#package)', to: 'figure:has(#waits)' },
]

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'moesim-pictures-'))
const page = join(folder, 'page.html')
execFileSync(process.execPath, [at('../../bin/moesim.js'), ...RUN, ...SCHEDULERS, '--report', page])
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--hide-scrollbars'] })
for (const { file, scheme, from, to } of PICTURES) {
  const tab = await browser.newPage()
  await tab.setViewport({ width: WIDTH, height: 900 })
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await tab.goto(pathToFileURL(page).href)
  await tab.waitForFunction(() => document.documentElement.dataset.charts === 'drawn')
  const y = await tab.$eval(from, (element) => element.getBoundingClientRect().top)
  const height = (await tab.$eval(to, (element) => element.getBoundingClientRect().bottom)) - y
  await tab.screenshot({
    path: at(file),
    clip: { x: 0, y, width: WIDTH, height },
    captureBeyondViewport: true,
  })
}
await browser.close()
rmSync(folder, { recursive: true })
