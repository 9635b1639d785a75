// The table of papers: the one place that knows their names.
import type { Paper } from './figure.ts'
import { forecasting } from './forecasting/figures.ts'
import { fseDp } from './fse-dp/figures.ts'
import { offload } from './offload/figures.ts'

export const papers: Readonly<Record<string, Paper>> = {
  'fse-dp': fseDp,
  forecasting,
  offload,
}
