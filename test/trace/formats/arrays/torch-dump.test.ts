// Dumps of torch.save and pickle are told by their content, never opened, and refused with the line that converts them.
import { describe, expect, it } from 'vitest'
import { openTrace } from '../../../../src/trace/open.ts'
import { memoryIo } from '../../../helpers/memory-io.ts'
import { type Files, findingsOf, MINI, read, refusalOf } from '../mini.ts'
import { npz } from './arrays.ts'

/** What `pickle.dumps(os.system)` with an argument looks like: it would run the command. */
const HOSTILE = Buffer.from(
  '\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02ls\x94\x85\x94R\x94.',
  'latin1',
)
const dump = (...keys: string[]) =>
  npz({ 'archive/data.pkl': Buffer.from(`\x80\x02}q\x00(X${keys.join('q\x01X')}.`, 'latin1') })

describe('a dump', () => {
  it.each<[string, Files, string, string]>([
    ['of counts', { 'a.pt': dump('rank', 'logical_count') }, 'a.pt', 'weights_only=True)["logical_count"]'],
    [
      'of tokens',
      { 'a.pt': dump('records', 'topk_ids_of_layer') },
      'a.pt',
      'map them through last_physical_to_logical_map',
    ],
    ['of anything', { 'a.pth': dump('x') }, 'a.pth', 'a tuple of router logits: python3 -c '],
    [
      'of the old kind, a bare pickle',
      { 'a.pkl': HOSTILE },
      'a.pkl',
      'convert it; counts of the SGLang recorder: python3 -c ',
    ],
    ['under the name of another format', { 'a.npy': HOSTILE }, 'a.npy', 'so moesim does not open it'],
  ])('%s is refused with what to do', async (_, files, path, hint) => {
    const text = await refusalOf(files, path)
    expect(text).toContain(`${path}: a dump of torch.save or pickle holds code that runs when it is opened`)
    expect(text).toContain(hint)
  })

  it.each([2, 3, 4, 5])('of pickle protocol %i is told by its first two bytes', async (protocol) => {
    const bytes = Buffer.from([0x80, protocol, 0x7d, 0x2e])
    expect(await refusalOf({ 'a.pkl': bytes }, 'a.pkl')).toContain('so moesim does not open it')
    for (const other of [
      [0x80, 1, 0x7d, 0x2e],
      [0x80, 6, 0x7d, 0x2e],
      [0x81, protocol, 0x7d, 0x2e],
    ])
      expect(await refusalOf({ 'a.pkl': Buffer.from(other) }, 'a.pkl')).not.toContain('does not open it')
  })

  it('is what a folder is refused for where nothing else is in it', async () => {
    const [first] = await findingsOf(openTrace(memoryIo({ 'd/a.pt': dump('logical_count') }), 'd', MINI))
    expect(first).toMatchObject({ code: 'trace', file: 'd/a.pt' })
  })

  it('beside a trace is left out', async () => {
    const files = { 'd/a.pt': dump('x'), 'd/b.json': '[{"1":[[0,1]],"3":[[2,3]]}]' }
    expect(await read(files, 'd')).toMatchObject({ leftOut: [{ path: 'd/a.pt' }] })
  })
})

it('A zip file that is neither an .npz nor a dump is no trace', async () => {
  const files = { 'a.npz': npz({ 'word/document.xml': Buffer.from('<a/>') }) }
  expect(await refusalOf(files, 'a.npz')).toContain('NUL byte: this is not a text file')
})
