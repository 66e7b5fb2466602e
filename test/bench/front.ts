/** One address for several simulated services: a request goes to the one whose name is in its path. */
import { createServer, request } from 'node:http'
import { listen, type RunningServer } from '../../sandbox/github/listen.ts'

/** @param urls - by a name that no other one holds, in the letters of paths */
export async function startFront(urls: ReadonlyMap<string, string>): Promise<RunningServer> {
  const server = createServer((asked, response) => {
    const { url: path = '/', method, headers } = asked
    const found = [...urls].find(([name]) => path.includes(name))
    if (found === undefined) {
      response.writeHead(404).end()
      return
    }
    const passedOn = request(new URL(path, found[1]), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passedOn.once('error', () => response.destroy())
    asked.pipe(passedOn)
  })
  return await listen(server)
}
