/** The peer of the webhook benchmark: `@octokit/webhooks` in Node's own HTTP server, with a handler that does nothing. */
import { createServer } from 'node:http'
import { createNodeMiddleware, Webhooks } from '@octokit/webhooks'

const { PORT = '', WEBHOOK_SECRET = '' } = process.env

const webhooks = new Webhooks({ secret: WEBHOOK_SECRET })
webhooks.onAny(() => {})
const middleware = createNodeMiddleware(webhooks, { path: '/github/webhooks' })

createServer(async (request, response) => {
  if (await middleware(request, response)) return
  response.writeHead(request.url === '/readyz' ? 200 : 404).end()
}).listen(Number(PORT), '127.0.0.1')
