// Every key of every config file with what it may be and what it is where nobody says.
import { expect, test } from 'vitest'
import { configKeys } from '../../src/config/keys.ts'

test('every key says what it expects, its default, and whether it may be left out (vitest -u records it anew)', async () => {
  const lines = configKeys().map(({ path, expected, default: written, isOptional }) => {
    const absent = written === undefined ? 'optional' : `default ${JSON.stringify(written)}`
    return `${path} (${isOptional ? absent : 'required'}): ${expected}`
  })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('keys.txt')
})

test('a key of several alternatives is there once, with the words of the one that has some', () => {
  const keys = configKeys()
  expect(new Set(keys.map(({ path }) => path)).size).toBe(keys.length)
  const one = keys.find(({ path }) => path === 'hardware.compute.double_buffered')
  expect(one).toEqual({
    path: 'hardware.compute.double_buffered',
    description: 'true: the next tile is loaded while one computes; false: the array drains in between',
    expected: 'true or false',
    default: false,
    isOptional: true,
  })
  expect(keys.find(({ path }) => path === 'hardware.compute.clock')?.description).toBe(undefined)
  expect(keys.find(({ path }) => path === 'hardware.compute.macs_per_cycle')?.description).toMatch(
    /^With clock/,
  )
})
