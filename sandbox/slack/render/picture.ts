/**
 * Draws the picture of a card for the README from our own blocks: `node sandbox/slack/render/picture.ts`.
 * Wants Chromium; CHROMIUM names it when it is not /usr/bin/chromium.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { failureAlert } from '../../../src/cards/failure-alert.ts'
import { pipelineCard } from '../../../src/cards/pipeline-card.ts'
import { validateMessage } from '../validate-message.ts'
import { renderHtml } from './render-html.ts'
import { alertInput, context, midFlight } from './sample-pipelines.ts'

const target = fileURLToPath(new URL('../../../docs/images/card.png', import.meta.url))
const names = new Map([
  ['U07MIA', 'Mia Kovač'],
  ['U07SAM', 'Sam Delgado'],
  ['S07ONCALL', 'omnihub-oncall'],
])

const card = pipelineCard(midFlight(), context())
const alert = failureAlert(alertInput())
for (const problem of [...validateMessage(card), ...validateMessage(alert)]) {
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
  const page = await browser.newPage()
  await page.setContent(renderHtml(card, { names, at: '14:07', next: [alert] }))
  await page.locator('main').screenshot({ path: target })
  console.log(`Drew ${target}`)
} finally {
  await browser.close()
  rmSync(profile, { recursive: true, force: true })
}
