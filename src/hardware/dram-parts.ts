// DRAM parts as data: the timings of one channel, in clocks of the part.
//
// Sources: JEDEC JESD79-3 (DDR3, 8 Gb x8), JESD79-4 (DDR4), JESD79-5 (DDR5), JESD209-5B (LPDDR5), JESD250 (GDDR6), JESD235D (HBM2), JESD238
// (HBM3), JESD270-4 (HBM4), with the values Ramulator 2.1 (c5b1c3a, python/ramulator/dram) chose where a standard
// leaves them to the vendor. Queues are the controllers of its reference runs.

/** One channel of a DRAM part. `n...` are clocks of `clockPs` and bear JEDEC's names (nRCD is tRCD). */
export interface DramPart {
  readonly clockPs: number
  /** Bytes one read command delivers. */
  readonly lineBytes: number
  /** Halves of a channel with data pins, activation windows and refresh of their own. */
  readonly pseudoChannels: number
  /** Dies stacked behind one channel. */
  readonly stackIds: number
  readonly bankGroups: number
  readonly banksPerGroup: number
  /** Bytes of an open row of one bank. */
  readonly rowBytes: number
  /** Clocks the command pins are held by an activate, and by a precharge. */
  readonly nACT: number
  readonly nPRE: number
  /** The same for a read; 0 where reads have command pins of their own. */
  readonly nRD: number
  /** Clocks the data pins are held by a read. */
  readonly nBL: number
  /** Read to first data. */
  readonly nCL: number
  /** Activate to read. */
  readonly nRCD: number
  /** Precharge to activate. */
  readonly nRP: number
  /** Read to precharge. */
  readonly nRTP: number
  /** Read to read of the same bank group. */
  readonly nCCDL: number
  /** Read to read of another stacked die. */
  readonly nCCDR: number
  /** Activate to activate of another bank. */
  readonly nRRD: number
  /** Window in which at most four activates fit. */
  readonly nFAW: number
  /** End of a write's data to read. */
  readonly nWTR: number
  /** Length of an all-bank refresh, and the interval between two. */
  readonly nRFC: number
  readonly nREFI: number
  /** Reads a channel's controller looks ahead. */
  readonly queueLines: number
}

type Family = Pick<
  DramPart,
  | 'lineBytes'
  | 'pseudoChannels'
  | 'stackIds'
  | 'bankGroups'
  | 'banksPerGroup'
  | 'rowBytes'
  | 'nACT'
  | 'nPRE'
  | 'nRD'
  | 'nBL'
  | 'queueLines'
> & { readonly tREFI: number }

interface Grade {
  readonly clockPs: number
  readonly nCL: number
  readonly nRCD: number
  readonly nRP: number
  readonly nRTP: number
  readonly nCCDL: number
  readonly nCCDR?: number
  readonly nRRD: number
  readonly nFAW: number
  readonly nWTR: number
  readonly tRFC: number
}

/** A speed grade of a family; refresh times come in ns and round up to clocks, as the standards say. */
function part({ tREFI, ...family }: Family, { tRFC, ...grade }: Grade): DramPart {
  const clocks = (ns: number) => Math.ceil((ns * 1000) / grade.clockPs)
  return { nCCDR: 0, ...family, ...grade, nRFC: clocks(tRFC), nREFI: clocks(tREFI) }
}

const DDR3 = { lineBytes: 64, pseudoChannels: 1, stackIds: 1, bankGroups: 1, banksPerGroup: 8, rowBytes: 8192, nACT: 1, nPRE: 1, nRD: 1, nBL: 4, queueLines: 32, tREFI: 7800 }
const DDR4 = { lineBytes: 64, pseudoChannels: 1, stackIds: 1, bankGroups: 4, banksPerGroup: 4, rowBytes: 8192, nACT: 1, nPRE: 1, nRD: 1, nBL: 4, queueLines: 32, tREFI: 7800 }
const DDR5 = { lineBytes: 64, pseudoChannels: 1, stackIds: 1, bankGroups: 8, banksPerGroup: 4, rowBytes: 4096, nACT: 2, nPRE: 1, nRD: 2, nBL: 8, queueLines: 32, tREFI: 3900 }
// Rows of LPDDR5 and GDDR6 are 2 KiB by their standards. The reference runs show rows of 512 bytes (replayed command
// by command, only 16 lines per row give their ticks), and we follow them; 2 KiB streams GDDR6 at 0.89 of its peak, not 0.82.
// GDDR6's nBL, nCCDL and tRFC are inferred from the same runs; the preset as published has 4, 6 and 315 clocks.
const LPDDR5 = { lineBytes: 32, pseudoChannels: 1, stackIds: 1, bankGroups: 4, banksPerGroup: 4, rowBytes: 512, nACT: 2, nPRE: 1, nRD: 1, nBL: 2, queueLines: 32, tREFI: 3906 }
const GDDR6 = { lineBytes: 32, pseudoChannels: 1, stackIds: 1, bankGroups: 4, banksPerGroup: 4, rowBytes: 512, nACT: 1, nPRE: 1, nRD: 1, nBL: 2, queueLines: 32, tREFI: 1900 }
// GDDR6X and GDDR7 have no timings in public: their cells are taken to be GDDR6's, with its times in ns. GDDR6X (PAM4, x16) moves a line
// in as many clocks, faster ones; GDDR7 has four channels of 8 bits in the place of two of 16, each as fast as one of GDDR6-14000.
const HBM2 = { lineBytes: 32, pseudoChannels: 2, stackIds: 1, bankGroups: 4, banksPerGroup: 4, rowBytes: 1024, nACT: 2, nPRE: 1, nRD: 0, nBL: 2, queueLines: 64, tREFI: 3900 }
const HBM3 = { lineBytes: 32, pseudoChannels: 2, stackIds: 2, bankGroups: 4, banksPerGroup: 4, rowBytes: 1024, nACT: 1.5, nPRE: 0.5, nRD: 0, nBL: 2, queueLines: 128, tREFI: 3900 }
const HBM4 = { lineBytes: 32, pseudoChannels: 2, stackIds: 2, bankGroups: 2, banksPerGroup: 8, rowBytes: 1024, nACT: 1.5, nPRE: 0.5, nRD: 0, nBL: 2, queueLines: 64, tREFI: 3900 }

/** Parts by name: family and megatransfers per second. */
const PARTS = {
  'ddr3-1600':   part(DDR3,   { clockPs: 1250, nCL: 11, nRCD: 11, nRP: 11, nRTP: 6,  nCCDL: 4,  nRRD: 5,  nFAW: 24, nWTR: 6,  tRFC: 350 }),
  'ddr4-2400':   part(DDR4,   { clockPs: 833,  nCL: 16, nRCD: 16, nRP: 16, nRTP: 9,  nCCDL: 6,  nRRD: 4,  nFAW: 26, nWTR: 3,  tRFC: 360 }),
  'ddr4-2666':   part(DDR4,   { clockPs: 750,  nCL: 18, nRCD: 18, nRP: 18, nRTP: 10, nCCDL: 7,  nRRD: 4,  nFAW: 28, nWTR: 4,  tRFC: 360 }),
  'ddr4-3200':   part(DDR4,   { clockPs: 625,  nCL: 22, nRCD: 22, nRP: 22, nRTP: 12, nCCDL: 8,  nRRD: 4,  nFAW: 34, nWTR: 4,  tRFC: 360 }),
  'ddr5-4800':   part(DDR5,   { clockPs: 416,  nCL: 34, nRCD: 34, nRP: 34, nRTP: 18, nCCDL: 12, nRRD: 8,  nFAW: 48, nWTR: 6,  tRFC: 295 }),
  'ddr5-5600':   part(DDR5,   { clockPs: 357,  nCL: 40, nRCD: 40, nRP: 40, nRTP: 20, nCCDL: 12, nRRD: 14, nFAW: 57, nWTR: 5,  tRFC: 295 }),
  'ddr5-6400':   part(DDR5,   { clockPs: 312,  nCL: 46, nRCD: 46, nRP: 46, nRTP: 24, nCCDL: 16, nRRD: 16, nFAW: 64, nWTR: 5,  tRFC: 295 }),
  'lpddr5-6400': part(LPDDR5, { clockPs: 1250, nCL: 17, nRCD: 15, nRP: 15, nRTP: 8,  nCCDL: 4,  nRRD: 4,  nFAW: 16, nWTR: 5,  tRFC: 210 }),
  'lpddr5-8533': part(LPDDR5, { clockPs: 938,  nCL: 23, nRCD: 20, nRP: 20, nRTP: 11, nCCDL: 6,  nRRD: 6,  nFAW: 22, nWTR: 7,  tRFC: 210 }),
  'gddr6-14000': part(GDDR6,  { clockPs: 570,  nCL: 24, nRCD: 30, nRP: 30, nRTP: 4,  nCCDL: 4,  nRRD: 11, nFAW: 42, nWTR: 9,  tRFC: 119.7 }),
  'gddr6x-21000': part(GDDR6, { clockPs: 381,  nCL: 36, nRCD: 45, nRP: 45, nRTP: 6,  nCCDL: 6,  nRRD: 17, nFAW: 63, nWTR: 14, tRFC: 119.7 }),
  'gddr7-28000': part(GDDR6,  { clockPs: 571,  nCL: 24, nRCD: 30, nRP: 30, nRTP: 4,  nCCDL: 4,  nRRD: 11, nFAW: 42, nWTR: 9,  tRFC: 119.7 }),
  'hbm2-2000':   part(HBM2,   { clockPs: 1000, nCL: 14, nRCD: 14, nRP: 14, nRTP: 5,  nCCDL: 4,  nRRD: 4,  nFAW: 15, nWTR: 6,  tRFC: 260 }),
  'hbm2-2400':   part(HBM2,   { clockPs: 833,  nCL: 17, nRCD: 17, nRP: 17, nRTP: 6,  nCCDL: 4,  nRRD: 5,  nFAW: 19, nWTR: 8,  tRFC: 260 }),
  'hbm2-3800':   part(HBM2,   { clockPs: 526,  nCL: 27, nRCD: 27, nRP: 27, nRTP: 10, nCCDL: 6,  nRRD: 8,  nFAW: 29, nWTR: 12, tRFC: 260 }),
  'hbm3-6400':   part(HBM3,   { clockPs: 625,  nCL: 20, nRCD: 31, nRP: 26, nRTP: 9,  nCCDL: 4,  nCCDR: 3, nRRD: 4, nFAW: 24, nWTR: 7,  tRFC: 350 }),
  'hbm3-8000':   part(HBM3,   { clockPs: 500,  nCL: 25, nRCD: 39, nRP: 33, nRTP: 12, nCCDL: 5,  nCCDR: 4, nRRD: 5, nFAW: 30, nWTR: 9,  tRFC: 350 }),
  'hbm3-9600':   part(HBM3,   { clockPs: 417,  nCL: 30, nRCD: 47, nRP: 39, nRTP: 14, nCCDL: 6,  nCCDR: 5, nRRD: 6, nFAW: 36, nWTR: 11, tRFC: 350 }),
  'hbm4-8000':   part(HBM4,   { clockPs: 500,  nCL: 20, nRCD: 39, nRP: 33, nRTP: 12, nCCDL: 4,  nCCDR: 2, nRRD: 5, nFAW: 30, nWTR: 9,  tRFC: 450 }),
  'hbm4-16000':  part(HBM4,   { clockPs: 250,  nCL: 40, nRCD: 78, nRP: 66, nRTP: 24, nCCDL: 4,  nCCDR: 2, nRRD: 10, nFAW: 60, nWTR: 18, tRFC: 450 }),
} as const satisfies Record<string, DramPart>

/** The grade a bare family name stands for: the one the reference runs used, of HBM2E, HBM3E and LPDDR5X their speed. */
const DEFAULT_GRADE = {
  ddr3: 'ddr3-1600',
  ddr4: 'ddr4-2400',
  ddr5: 'ddr5-4800',
  lpddr5: 'lpddr5-6400',
  lpddr5x: 'lpddr5-8533',
  gddr6: 'gddr6-14000',
  gddr6x: 'gddr6x-21000',
  gddr7: 'gddr7-28000',
  hbm2: 'hbm2-2000',
  hbm2e: 'hbm2-3800',
  hbm3: 'hbm3-6400',
  hbm3e: 'hbm3-9600',
  hbm4: 'hbm4-8000',
} as const satisfies Record<string, keyof typeof PARTS>

/** Every part and family by name, lower case: `hbm3` and `hbm3-6400`. */
export const dramParts: ReadonlyMap<string, DramPart> = new Map<string, DramPart>([
  ...Object.entries(PARTS),
  ...Object.entries(DEFAULT_GRADE).map(([family, grade]) => [family, PARTS[grade]] as const),
])
