/** Runs in a worker thread: see draw-png.ts. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

const { svg } = workerData as { readonly svg: string }
const { resolve } = createRequire(import.meta.url)

const [program, ...fonts] = await Promise.all(
  [
    '@resvg/resvg-wasm/index_bg.wasm',
    '@expo-google-fonts/lato/400Regular/Lato_400Regular.ttf',
    '@expo-google-fonts/lato/700Bold/Lato_700Bold.ttf',
  ].map((file) => readFile(resolve(file))),
)
if (program === undefined) throw new Error('the renderer is not there')
await initWasm(program)
const renderer = new Resvg(svg, {
  fitTo: { mode: 'zoom', value: 2 },
  font: { fontBuffers: fonts, defaultFontFamily: 'Lato' },
})
parentPort?.postMessage(renderer.render().asPng())
