// Before every test file: a fixed seed for property tests, and a build of the source of now for what runs outside of vitest.
import * as fc from 'fast-check'
import { forgetBuild } from './built.ts'

// For every property test that names none: a failure today is a failure tomorrow; and lengths go up to the most that is stated, where
// they would end at ten.
fc.configureGlobal({ seed: 20260327, defaultSizeToMaxWhenMaxSpecified: true })
forgetBuild()
