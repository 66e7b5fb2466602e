/** Runs in a worker thread: see usual-traffic.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { foresightOf } from '../../analysis/foresight.ts'

const given = workerData as { readonly of: Parameters<typeof foresightOf> }

parentPort?.postMessage(foresightOf(...given.of))
