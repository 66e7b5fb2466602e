/** Texts that attack: in commits, refs, notes, reasons and locks, on their way to cards, answers, forms and the log. */
import { expect, it } from 'vitest'
import { allStrings } from '../../cards/expect-safe.ts'
import {
  devId,
  type GateWorld,
  gateCardOf,
  gateWorld,
  greenCommit,
  leadId,
  leadsId,
  openForm,
  plainGate,
  reject,
  releaseOf,
  sreId,
  sresId,
} from './gate-world.ts'

const victim = 'U0VICTIM001'
const nasty = [
  '<!channel> <!here> <!everyone> @channel @here',
  `<@${victim}> <!subteam^S0VICTIM001|x> <#C0VICTIM001>`,
  '<https://evil.test|press here> <mailto:a@evil.test|b>',
  `@{${victim}|Ada} @{time:0} *_~\` \u202E\u2066reversed`,
].join(' ')
/** A name that git takes, which has no spaces. */
const branch = `x<!channel>@{${victim}|Ada}<https://evil.test|go>*_`

const bidi = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
const paging = new RegExp(
  `<!(?:channel|here|everyone|subteam\\^S0VICTIM)|<@${victim}|<#C0VICTIM|@(?:channel|here|everyone)\\b`,
)
const links = /<(?:https?:\/\/evil|mailto:)/
/** What goes to Slack for us alone and is never shown. */
const hidden = new Set(['value', 'initial_value', 'private_metadata', 'metadata', 'token', 'trigger_id'])

/** Everything that Slack was given to show. */
function shown(world: GateWorld): readonly unknown[] {
  const given = world.slack.calls
    .filter(({ method }) => /^(?:chat|views)\./.test(method))
    .map(({ args }) =>
      JSON.parse(JSON.stringify(args), (key, part) => {
        if (hidden.has(key)) return undefined
        // Blocks and views travel as JSON in a form's field.
        return (key === 'blocks' || key === 'view') && typeof part === 'string' ? JSON.parse(part) : part
      }),
    )
  return [...given, ...world.slack.state.ephemerals.map(({ text, blocks }) => ({ text, blocks }))]
}

/** The texts in which Slack reads mark-up: those of messages themselves and of `mrkdwn` objects. */
function markedUp(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(markedUp)
  const isRead = 'text' in value && typeof value.text === 'string' && !('type' in value && value.type !== 'mrkdwn')
  return isRead ? [String(value.text), ...inside] : inside
}

function expectHarmless(world: GateWorld): void {
  const given = shown(world)
  const texts = allStrings(given)
  expect(texts.some((text) => text.includes('reversed'))).toBe(true)
  for (const text of texts) {
    expect(text).not.toMatch(paging)
    expect(text).not.toMatch(bidi)
  }
  for (const text of markedUp(given)) expect(text).not.toMatch(links)
  // An element that would page without any mark-up.
  const elements = JSON.stringify(world.slack.calls.map(({ args }) => args))
  expect(elements).not.toMatch(new RegExp(`user_id[\\\\":]+${victim}|"?type[\\\\":]+broadcast`))
}

it.each([{ takesPlanBlocks: true }, { takesPlanBlocks: false }])(
  'hostile texts page nobody, lead nowhere and turn nothing around (plan blocks: $takesPlanBlocks)',
  { timeout: 60_000 },
  async (slack) => {
    const gate = {
      ...plainGate,
      approvers: [{ groups: [leadsId] }, { groups: [sresId] }],
      checklist: [nasty],
      branches: ['*', '**'],
      break_glass: { groups: [leadsId], channel: '#sluice' },
      freeze: [],
    }
    const world = await gateWorld({ gate, slack })
    const { github } = world
    const files = {
      [`supabase/migrations/1_${branch.replaceAll('/', '')}.sql`]: `DROP TABLE "${nasty}";\n`,
      [`src/${nasty.replaceAll('/', ' ')}.ts`]: '1\n',
      'package.json': '{}\n',
    }
    const authorName = nasty
    const message = `${nasty}\n\nCo-authored-by: ${nasty} <x@evil.test>`
    const sha = await greenCommit(world, { message, author: 'ghost', authorName, files }, branch)
    github.addMergedPull('omnihub/app', { number: 7, title: nasty, author: 'ghost', sha })
    github.addTag('omnihub/app', 'v<!here>1', sha)
    github.reportCheck('omnihub/app', { sha, app: 'ci', name: nasty, conclusion: 'success' })
    await world.settled()

    // Asking, in words and by ref, right and wrong.
    await world.command(devId, `prod canary ${sha} note:"${nasty}"`)
    await world.command(devId, `prod canary ${branch}`)
    await world.command(devId, `prod canary ${nasty}`)
    await world.command(devId, `${nasty} ${nasty}`)
    await world.command(devId, `show ${nasty}`)
    expect((await releaseOf(world, sha)).note).toContain('reversed')
    const card = () => gateCardOf(world, sha)

    // Locks and freezes.
    await world.command(leadId, `lock prod ${nasty}`)
    await world.command(sreId, 'lock prod mine')
    await world.command(sreId, 'unlock prod')
    await world.command(leadId, `lock prod ${nasty} again`)
    await world.command(devId, 'why prod')
    await world.command(devId, 'status')
    await world.command(leadId, 'unlock prod')
    await world.command(leadId, `freeze prod 2h ${nasty}`)
    await world.command(devId, 'status')
    await world.command(leadId, 'unfreeze prod')

    // A comment, a reason for the glass, a reason against.
    const approval = await openForm(world, leadId, card(), 'gate_approve')
    const values = {
      checklist_0: { checklist_0: { type: 'checkboxes', selected_options: [{ value: '0' }] } },
      comment: { comment: nasty },
    }
    await world.slack.submit({ user: leadId, view: approval.id, values })
    await world.settled()
    expect((await releaseOf(world, sha)).approvals).toHaveLength(1)
    await reject(world, sreId, card(), nasty)
    expect((await releaseOf(world, sha)).state).toMatchObject({ name: 'rejected' })
    await world.command(devId, 'history')
    await world.command(devId, `show ${(await releaseOf(world, sha)).id}`)
    await world.slack.openHome(devId)
    await world.settled()
    await world.slack.until(() => world.slack.home(devId) !== null, 'the Home tab')
    expectHarmless(world)
  },
)

it('a hostile name of a person or of an environment pages nobody', async () => {
  const world = await gateWorld()
  const user = 'U0NASTY0001'
  world.slack.addUser({ id: user, name: nasty, realName: nasty, email: null })
  world.slack.invite('#deploys', user)
  world.slack.state.userGroups[leadsId]?.users.push(user)
  await world.command(user, 'prod canary')
  await world.command(user, 'lock prod mine')
  await world.command(devId, 'lock prod mine')
  await world.press(leadId, world.gateCard(), 'gate_approve')
  await world.press(user, world.gateCard(), 'gate_withdraw')
  await world.command(devId, 'status')
  await world.command(devId, `show ${(await releaseOf(world, world.sha)).id}`)
  await world.settled()
  expectHarmless(world)
})
