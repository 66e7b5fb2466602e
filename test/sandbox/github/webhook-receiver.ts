/** A real HTTP server that takes webhooks and checks their signatures with Octokit. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { Webhooks } from '@octokit/webhooks'
import { z } from 'zod'
import { listen } from '../../../sandbox/github/listen.ts'

const Payload = z.looseObject({ action: z.string().optional() })

export interface ReceivedWebhook {
  readonly event: string
  readonly action: string | undefined
  readonly guid: string
  readonly hookId: string
  readonly isGenuine: boolean
  readonly payload: z.infer<typeof Payload>
}

export const RECEIVER_SECRET = 'a webhook secret'

export async function startWebhookReceiver(): Promise<{
  readonly url: string
  readonly received: ReceivedWebhook[]
  answerWith(status: number): void
  close(): Promise<void>
}> {
  const webhooks = new Webhooks({ secret: RECEIVER_SECRET })
  const received: ReceivedWebhook[] = []
  let status = 202
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const header = (name: string) => String(request.headers[name] ?? '')
    const payload = Payload.parse(JSON.parse(body))
    received.push({
      event: header('x-github-event'),
      action: payload.action,
      guid: header('x-github-delivery'),
      hookId: header('x-github-hook-id'),
      isGenuine: await webhooks.verify(body, header('x-hub-signature-256')),
      payload,
    })
    response.writeHead(status).end('ok')
  })
  const running = await listen(server)
  return {
    url: `${running.url}/github/webhooks`,
    received,
    answerWith: (next) => {
      status = next
    },
    close: running.close,
  }
}
