// Fixed seed for every property test that names none: a failure today is a failure tomorrow.
import * as fc from 'fast-check'

fc.configureGlobal({ seed: 20260327 })
