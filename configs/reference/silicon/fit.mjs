// Finds the constants of kernels and exchanges anew and prints them: `npm run fit`, or with a folder of tables of your own.
import { nodeIo } from '../../../dist/cli/node/io.js'
import { fitFolder } from '../../../dist/fidelity/silicon/fit.js'

const [folder, ...hardwareFiles] = process.argv.slice(2)
for (const { gpu, what, hardware, rows, found } of await fitFolder(nodeIo, folder, hardwareFiles)) {
  console.log(`${what} of ${gpu} (${hardware}), fitted on ${rows} times`)
  for (const { name, unit, value } of found) {
    console.log(`  ${name.padEnd(32)} ${value.toPrecision(3)} ${unit}`.trimEnd())
  }
}
