/**
 * `npm run demo`: a commit from push to staging in the simulated world, with the card as it changes in the terminal.
 * A unit test fails on the way, the alert says why, somebody runs it again.
 */
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { createDemoScreen } from './demo-screen.ts'
import { omnihubPipeline } from './github/omnihub-pipeline.ts'
import { scriptPipeline } from './github/scripted-pipeline.ts'
import { startWorld } from './start-world.ts'

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '20' },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const speed = Number(values.speed)
if (values.help || !(speed > 0 && speed <= 600)) {
  console.log(
    'npm run demo [-- --speed 1…600] [-- --log]\n\nPlays a commit from push to staging; 20 times as fast as life.',
  )
  process.exit(values.help ? 0 : 2)
}

const world = await startWorld({
  log: pino({ level: values.log ? 'info' : 'silent' }),
  github: { people: [{ login: 'mona', name: 'Mona Lisa', email: 'mona@omnihub.dev' }] },
})
const mona = world.slack.addUser({ name: 'mona', realName: 'Mona Lisa', email: 'mona@omnihub.dev' })
const screen = createDemoScreen({
  output: process.stdout,
  userNames: new Map([[mona.id, 'Mona Lisa']]),
  read: () =>
    world.slack
      .messages('#deploys')
      .filter((message) => message.threadTs === null)
      .map((card) => world.slack.thread('#deploys', card.ts)),
})
const stopListening = world.slack.on('change', screen.refresh)

console.log(`Sluice runs at http://127.0.0.1:${world.sluice().port}, between a simulated GitHub and a simulated Slack.`)
console.log(`Mona pushes to main of omnihub/app. Time runs ${speed} times as fast as in life.\n`)

await world.github.play(
  scriptPipeline(
    omnihubPipeline({
      pullRequest: null,
      outcomes: { 'unit-tests': ['failure', 'success'] },
      rerunFailedAfterMs: 40_000,
      rerunBy: 'mona',
    }),
  ),
  { speed },
)
await world.settled()
stopListening()
screen.finish()

const calls = Map.groupBy(world.slack.calls, (call) => call.method)
const count = (method: string) => calls.get(method)?.length ?? 0
console.log(
  `\n${world.github.deliveries().length} webhooks came in. Slack was asked to post ${count('chat.postMessage')} times ` +
    `and to update ${count('chat.update')} times: one card, the rest is its thread.`,
)
await world.close()
