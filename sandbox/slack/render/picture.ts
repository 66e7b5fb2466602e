/**
 * Draws the pictures of the documentation from our own blocks: `node sandbox/slack/render/picture.ts [card|gate|rollout|rollback]`.
 * Wants Chromium; CHROMIUM names it when it is not /usr/bin/chromium.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { failureAlert } from '../../../src/cards/failure-alert.ts'
import { gateCard } from '../../../src/cards/gate-card.ts'
import { pipelineCard } from '../../../src/cards/pipeline-card.ts'
import type { Rendered } from '../../../src/cards/rendered.ts'
import { validateMessage } from '../validate-message.ts'
import { renderHtml } from './render-html.ts'
import { alertInput, context, midFlight } from './sample-pipelines.ts'
import { gateForPicture } from './sample-releases.ts'
import { rolledBack, rollingOut } from './sample-rollouts.ts'

const names = new Map([
  ['U07MIA', 'Mia Kovač'],
  ['U07SAM', 'Sam Delgado'],
  ['S07ONCALL', 'omnihub-oncall'],
  ['S07APPROVE', 'production-approvers'],
])

interface Picture {
  readonly at: string
  readonly messages: readonly [Rendered, ...Rendered[]]
}

const pictures: Readonly<Record<string, Picture>> = {
  card: { at: '14:07', messages: [pipelineCard(midFlight(), context()), failureAlert(alertInput())] },
  gate: { at: '18:12', messages: [gateCard(gateForPicture())] },
  rollout: { at: '18:46', messages: [gateCard(rollingOut())] },
  rollback: { at: '18:47', messages: [gateCard(rolledBack())] },
}

const wanted = process.argv[2]
const chosen = Object.entries(pictures).filter(([name]) => wanted === undefined || wanted === name)
for (const problem of chosen.flatMap(([, { messages }]) => messages.flatMap((message) => validateMessage(message)))) {
  throw new Error(`Slack would refuse the sample: ${problem.path} ${problem.sentence}`)
}

const profile = mkdtempSync(join(tmpdir(), 'sluice-picture-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  deviceScaleFactor: 2,
  viewport: { width: 760, height: 600 },
})
try {
  for (const [name, { at, messages }] of chosen) {
    const [first, ...next] = messages
    const target = fileURLToPath(new URL(`../../../docs/images/${name}.png`, import.meta.url))
    const page = await browser.newPage()
    await page.setContent(renderHtml(first, { names, at, next }))
    await page.locator('main').screenshot({ path: target })
    console.log(`Drew ${target}`)
  }
} finally {
  await browser.close()
  rmSync(profile, { recursive: true, force: true })
}
