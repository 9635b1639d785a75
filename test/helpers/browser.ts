// A headless Chromium, where one is installed: named by MOESIM_CHROMIUM, or found on the PATH.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Browser } from 'puppeteer-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** Undefined where there is none. */
export function chromiumPath(): string | undefined {
  const named = process.env.MOESIM_CHROMIUM
  if (named !== undefined && named !== '') return named
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable)
}

export async function startBrowser(executablePath: string): Promise<Browser> {
  const { default: puppeteer } = await import('puppeteer-core')
  // Without the sandbox, which containers often cannot give: nothing but our own page is opened.
  // However busy the machine is: no limits but those of the tests.
  return await puppeteer.launch({
    executablePath,
    timeout: 0,
    protocolTimeout: 0,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--hide-scrollbars'],
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
