/**
 * `npm run demo`: a commit from push to production in the simulated world, with its cards as they change in the
 * terminal. A unit test fails on the way, the alert says why, somebody runs it again; after staging somebody asks for
 * production, and somebody else approves.
 */
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { gateThread, playGate } from './demo-gate.ts'
import { createDemoScreen } from './demo-screen.ts'
import { channel, monasFiles, startDemoWorld, userNames } from './demo-world.ts'
import { omnihubPipeline } from './github/omnihub-pipeline.ts'
import { scriptPipeline } from './github/scripted-pipeline.ts'

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '25' },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const speed = Number(values.speed)
if (values.help || !(speed > 0 && speed <= 600)) {
  console.log(
    'npm run demo [-- --speed 1…600] [-- --log]\n\nPlays a commit from push to production; 25 times as fast as life.',
  )
  process.exit(values.help ? 0 : 2)
}

const world = await startDemoWorld(pino({ level: values.log ? 'info' : 'silent' }))
let isAtGate = false
const screen = createDemoScreen({
  output: process.stdout,
  userNames,
  read: () =>
    isAtGate
      ? [gateThread(world)]
      : world.slack
          .messages(channel)
          .filter((message) => message.threadTs === null)
          .map((card) => world.slack.thread(channel, card.ts)),
})
const stopListening = world.slack.on('change', screen.refresh)

screen.say(
  `Sluice runs at http://127.0.0.1:${world.sluice().port}, between a simulated GitHub and a simulated Slack.\n` +
    `Mona pushes to main of omnihub/app. Time runs ${speed} times as fast as in life.`,
)
await world.github.play(
  scriptPipeline(
    omnihubPipeline({
      pullRequest: null,
      commit: { files: monasFiles },
      outcomes: { 'unit-tests': ['failure', 'success'] },
      rerunFailedAfterMs: 40_000,
      rerunBy: 'mona',
    }),
  ),
  { speed },
)
await world.settled()
screen.say('Staging is good. Mona types:  /deploy prod canary')
// From here on the gate's part of the thread is what there is to see.
isAtGate = true
await playGate(world, screen, { speed })
stopListening()

const calls = Map.groupBy(world.slack.calls, (call) => call.method)
const count = (method: string) => calls.get(method)?.length ?? 0
screen.say(
  `${world.github.deliveries().length} webhooks came in. Slack was asked to post ${count('chat.postMessage')} times ` +
    `and to update ${count('chat.update')} times: one card for the commit, the rest is its thread.`,
)
await world.close()
