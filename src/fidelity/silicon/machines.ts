// Which hardware file stands for which GPU of the silicon tables, and what limits hold for it.
import { join } from 'node:path'
import { loadHardware } from '../../config/hardware/hardware.ts'
import { bundledNames, isPath } from '../../config/library.ts'
import { type Diagnostic, finding } from '../../errors.ts'
import type { HardwareSpec } from '../../hardware/spec.ts'
import type { Io } from '../../io.ts'
import { collect, readCsv } from '../reference-csv.ts'
import type { ReferenceRow } from '../reference-rows.ts'

/** The list beside the tables: a line for each GPU. */
const MACHINES_FILE = 'silicon/machines.csv'
const COLUMNS = ['gpu', 'kernel_hardware', 'exchange_hardware', 'median_limit_pct', 'p90_limit_pct']

interface Limits {
  readonly medianPct: number
  readonly p90Pct: number
}

interface Listed {
  readonly kernel: string
  readonly exchange: string
  readonly limits: Limits | undefined
}

interface Found {
  readonly spec: HardwareSpec
  /** Or the name of what is bundled. */
  readonly file: string
}

export type Purpose = 'kernel' | 'exchange'

/** Hardware by the name that rows give a GPU. */
export class Machines {
  private readonly io: Io
  private readonly own: ReadonlyMap<string, Found>
  private readonly listed: ReadonlyMap<string, Listed>
  private readonly bundled: ReadonlySet<string>
  private readonly opened = new Map<string, Promise<HardwareSpec>>()

  private constructor(
    io: Io,
    own: ReadonlyMap<string, Found>,
    listed: ReadonlyMap<string, Listed>,
    bundled: ReadonlySet<string>,
  ) {
    this.io = io
    this.own = own
    this.listed = listed
    this.bundled = bundled
  }

  /**
   * `at`: a path below the folder of tables. A GPU is looked for by name among `hardwareFiles`, in the list of the folder, in the one that ships with
   * moesim, and among bundled hardware. Throws UserError.
   */
  static async open(
    io: Io,
    at: (path: string) => string,
    hardwareFiles: readonly string[],
  ): Promise<Machines> {
    const own = await Promise.all(
      hardwareFiles.map(async (file) => ({ file, spec: await loadHardware(io, file) })),
    )
    const shipped = io.bundled('configs', 'reference', ...MACHINES_FILE.split('/'))
    const lists = [shipped, ...((await isThere(io, at(MACHINES_FILE))) ? [at(MACHINES_FILE)] : [])]
    const listed = new Map<string, Listed>()
    for (const path of lists) {
      for (const [gpu, entry] of await readList(io, path)) listed.set(gpu, entry)
    }
    return new Machines(
      io,
      new Map(own.map((found) => [found.spec.name, found])),
      listed,
      new Set(await bundledNames(io, 'hardware')),
    )
  }

  /** Undefined where nobody says what this GPU is. Throws UserError where its file is faulty. */
  async find(gpu: string, purpose: Purpose): Promise<HardwareSpec | undefined> {
    return (await this.findFile(gpu, purpose))?.spec
  }

  /** The same with its file, or the name of what is bundled. What stands behind a comma or in brackets is passed over. */
  async findFile(gpu: string, purpose: Purpose): Promise<Found | undefined> {
    const short = gpu.replace(/ ?[(,].*$/s, '')
    const own = this.own.get(gpu) ?? this.own.get(short)
    if (own !== undefined) return own
    const file = (this.listed.get(gpu) ?? this.listed.get(short))?.[purpose] ?? short
    if (!isPath(file) && !this.bundled.has(file)) return undefined
    const opened = this.opened.get(file) ?? loadHardware(this.io, file)
    this.opened.set(file, opened)
    return { file, spec: await opened }
  }

  /** What errors on one GPU must keep; undefined where nothing was promised. */
  limitsOf(gpu: string): Limits | undefined {
    return this.own.has(gpu) ? undefined : this.listed.get(gpu)?.limits
  }
}

async function isThere(io: Io, path: string): Promise<boolean> {
  return (await io.stat(path)) !== undefined
}

async function readList(io: Io, path: string): Promise<[string, Listed][]> {
  const rows = await readCsv(io, path, COLUMNS)
  return collect(rows, (row): [string, Listed] => [
    row.text('gpu'),
    {
      kernel: hardwareOf(row, 'kernel_hardware', path),
      exchange: hardwareOf(row, 'exchange_hardware', path),
      limits:
        row.text('median_limit_pct') === ''
          ? undefined
          : { medianPct: row.positive('median_limit_pct'), p90Pct: row.positive('p90_limit_pct') },
    },
  ])
}

/** The name of bundled hardware, or a file beside the list. */
function hardwareOf(row: ReferenceRow, column: string, path: string): string {
  const name = row.text(column)
  return isPath(name) ? join(path, '..', name) : name
}

/** Rows of a GPU that nobody describes say nothing about our models. */
export function unknownMachine(row: ReferenceRow): Diagnostic {
  return finding(
    'conflict',
    {
      what: `no hardware file for the GPU "${row.text('gpu')}": its rows are left out`,
      hint: `give one with --hardware, or name one in ${MACHINES_FILE} of the reference folder`,
    },
    { file: row.file, span: row.span('gpu'), severity: 'warning' },
  )
}
