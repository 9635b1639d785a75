// Charts as PNG: with their text, which vanishes without a word where a font is missing, and without the packages.
import { expect, test } from 'vitest'
import { openPainter, type Painter } from '../../../src/report/page/png.ts'
import { runPage } from '../../../src/report/page/run-page.ts'
import { chartFiles } from '../../../src/report/page/svg.ts'
import { MESH, observedRun } from '../../helpers/observed.ts'
import { sampleResult } from '../../helpers/results.ts'

async function painter(): Promise<Painter> {
  const opened = await openPainter()
  if ('missing' in opened) throw new Error(opened.missing)
  return opened
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

async function svgs() {
  const files = []
  for await (const file of chartFiles(runPage(sampleResult, 'x', observedRun(MESH)))) files.push(file)
  return files
}

test('every chart becomes a PNG of twice its size, with the same bytes again', async () => {
  const { png } = await painter()
  const files = await svgs()
  expect(files.length).toBeGreaterThan(5)
  for (const { name, svg } of files) {
    const bytes = Buffer.from(png(svg))
    expect([...bytes.subarray(0, 8)], name).toEqual(SIGNATURE)
    const [, width] = /^<svg [^>]*\bwidth="([\d.]+)"/.exec(svg)!
    expect(bytes.readUInt32BE(16), name).toBe(Math.ceil(2 * Number(width)))
    expect(Buffer.from(png(svg)).equals(bytes), name).toBe(true)
  }
})

test('no text of a chart is lost: each one, taken away, changes the picture', async () => {
  const { png } = await painter()
  const { svg } = (await svgs()).find(({ name }) => name === 'package')!
  const whole = Buffer.from(png(svg))
  const texts = [...svg.matchAll(/<text [^>]*>[^<]+<\/text>/g)].map(([text]) => text)
  // Titles are bold, labels are not: two faces.
  expect(texts.some((text) => text.includes('font-weight="bold"'))).toBe(true)
  expect(texts.length).toBeGreaterThan(12)
  for (const text of texts) {
    expect(Buffer.from(png(svg.replace(text, ''))).equals(whole), text).toBe(false)
  }
})

test('the check sees a missing typeface', async () => {
  const resvg = await import('@resvg/resvg-js')
  const blind = await openPainter(async () => ({ resvg, fontFiles: [] }))
  if ('missing' in blind) throw new Error(blind.missing)
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><text y="15">word</text></svg>'
  const without = svg.replace('word', '')
  expect(Buffer.from(blind.png(svg)).equals(Buffer.from(blind.png(without)))).toBe(true)
  const { png } = await painter()
  expect(Buffer.from(png(svg)).equals(Buffer.from(png(without)))).toBe(false)
})

test('bold and regular text have a face each', async () => {
  const { png } = await painter()
  const word = (weight: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><text y="15" font-weight="${weight}">word</text></svg>`
  const [regular, bold] = ['normal', 'bold'].map((weight) => Buffer.from(png(word(weight))))
  expect(regular!.equals(bold!)).toBe(false)
})

test('without the packages there is a reason instead', async () => {
  const opened = await openPainter(() =>
    Promise.reject(new Error("Cannot find package '@resvg/resvg-js'\nstack")),
  )
  expect(opened).toEqual({ missing: "Cannot find package '@resvg/resvg-js'" })
})
