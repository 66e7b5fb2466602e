import { describe, expect, it } from 'vitest'
import type { PipelineSpec } from '../../sandbox/github/pipeline-spec.ts'
import { validateMessage } from '../../sandbox/slack/validate-message.ts'
import { fastWorld, monaId } from './fast-world.ts'

const victim = 'U0VICTIM001'
const nasty = `<!channel> <!here> <@${victim}> <!subteam^S0VICTIM001> @channel <https://evil.test|click> *_~\`\`\` \u202E\u2066reversed & done`
const bidi = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

const pipeline: PipelineSpec = {
  repository: 'omnihub/app',
  branch: '*_~<!here>\u202E',
  commit: { message: `${nasty}\n\n${nasty}`, author: 'mona', authorName: nasty, authorEmail: 'mona@omnihub.dev' },
  workflows: [
    {
      name: `CI ${nasty}`,
      on: ['push'],
      jobs: [
        {
          key: 'unit',
          name: `Unit Tests ${nasty}`,
          outcomes: ['failure', 'success'],
          steps: [{ name: `Run ${nasty}` }],
          failure: { step: `Run ${nasty}`, log: [nasty, '```', `\u001b[31m${nasty}\u001b[0m`] },
        },
        { key: 'build', name: `Build *_~ ${nasty}`, durationMs: 1_000 },
      ],
    },
  ],
  checks: [
    { app: 'codecov', name: nasty, conclusion: 'failure', annotations: [{ path: nasty, line: 1, message: nasty }] },
  ],
  statuses: [{ context: nasty, state: 'failure', description: nasty, targetUrl: 'javascript:alert(1)' }],
}

interface Element {
  readonly [key: string]: unknown
}

function elementsIn(value: unknown): readonly Element[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(elementsIn)
  return Array.isArray(value) ? inside : [value as Element, ...inside]
}

describe.each([{ takesPlanBlocks: true }, { takesPlanBlocks: false }])(
  'texts from outside (plan blocks: $takesPlanBlocks)',
  (slack) => {
    it('reach Slack harmless, wherever they stand', async () => {
      const world = await fastWorld({ slack, repositorySettings: { branches: ['**', '*'] } })
      await world.run(pipeline)
      const user = world.slack.openHome(monaId)
      await user
      await world.settled()

      const messages = Object.values(world.slack.channel('#deploys').messages)
      expect(world.cards()).toHaveLength(1)
      expect(world.alerts()).toHaveLength(3)
      const shown = [
        ...messages.map(({ text, blocks }) => ({ text, blocks })),
        { text: '', blocks: world.slack.home(monaId)?.blocks ?? [] },
      ]
      for (const { text, blocks } of shown) {
        const strings = elementsIn({ text, blocks }).flatMap((element) =>
          Object.values(element).filter((value) => typeof value === 'string'),
        )
        for (const string of strings) expect(string).not.toMatch(bidi)
        const elements = elementsIn(blocks)
        const mrkdwn = [
          text,
          ...elements.flatMap((element) => (element.type === 'mrkdwn' ? [String(element.text)] : [])),
        ]
        for (const string of mrkdwn) {
          // What is left of Slack's own forms is what Sluice itself wrote.
          const forms = [...string.matchAll(/<([^>]*)>/g)].map((match) => match[1] ?? '')
          for (const form of forms)
            expect(form).toMatch(new RegExp(`^(https://(github|simulated\\.slack)\\.com/|@${monaId}$|!date\\^)`))
          expect(string).not.toMatch(/@(channel|here|everyone)\b/)
        }
        for (const element of elements) {
          expect(element.type).not.toBe('broadcast')
          expect(element.type).not.toBe('usergroup')
          if (element.type === 'user') expect(element.user_id).toBe(monaId)
          if (element.type === 'link')
            expect(String(element.url)).toMatch(/^https:\/\/(github|simulated\.slack)\.com\//)
          if (element.type === 'plain_text') expect(element.text).not.toMatch(/<[!@]/)
        }
        if (text !== '') expect(validateMessage({ text, blocks })).toEqual([])
      }
    })
  },
)
