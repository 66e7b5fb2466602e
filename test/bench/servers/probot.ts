/** The other peer of the webhook benchmark: Probot's own server and an app whose handlers do nothing. */
import { pino } from 'pino'
import { Probot, Server } from 'probot'

const { PORT = '', WEBHOOK_SECRET = '' } = process.env

// Its log of each request is left out, which is to its advantage.
const log = pino({ level: 'warn' })
const server = new Server({
  Probot: Probot.defaults({ githubToken: 'nobody-is-asked', secret: WEBHOOK_SECRET, log }),
  log,
  port: Number(PORT),
  host: '127.0.0.1',
  webhookPath: '/github/webhooks',
})
await server.load((app) => {
  app.on(['workflow_job', 'workflow_run', 'check_run'], () => {})
})
await server.start()
