/** Runs in a worker thread: see draw-png.ts. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

const { svg } = workerData as { readonly svg: string }
const require = createRequire(import.meta.url)

const [program, ...fonts] = await Promise.all([
  readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')),
  readFile(require.resolve('@expo-google-fonts/lato/400Regular/Lato_400Regular.ttf')),
  readFile(require.resolve('@expo-google-fonts/lato/700Bold/Lato_700Bold.ttf')),
])
await initWasm(program)
const renderer = new Resvg(svg, {
  fitTo: { mode: 'zoom', value: 2 },
  font: { fontBuffers: fonts, defaultFontFamily: 'Lato' },
})
parentPort?.postMessage(renderer.render().asPng())
