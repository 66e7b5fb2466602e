import { createServer } from 'node:net'

/** Below those that systems give to outgoing connections, any of which could take a port between this look and its use. */
const lowest = 20_000
const highest = 32_000

/** @returns a port of 127.0.0.1 that nothing listens on at the moment, to be listened on later, and again after a stop */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const isOurs = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (isOurs) await new Promise((resolve) => server.close(resolve))
  return isOurs
}
