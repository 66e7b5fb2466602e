import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderText } from '../../sandbox/slack/render/render-text.ts'
import { midFlight, context as pipelineContext } from '../../sandbox/slack/render/sample-pipelines.ts'
import {
  askedAt,
  gateForPicture,
  gateInput,
  liveSha,
  mia,
  releaseContext,
  sam,
  sampleApproval,
  sampleChanges,
  sampleCommit,
  sampleDigest,
  sampleEvidence,
  sampleMigrations,
  samplePolicy,
  sampleRelease,
  sampleSha,
} from '../../sandbox/slack/render/sample-releases.ts'
import { evidenceDetails } from '../../src/cards/evidence-details.ts'
import { helpView } from '../../src/cards/help-view.ts'
import { historyList } from '../../src/cards/history-list.ts'
import { homeView } from '../../src/cards/home-view.ts'
import { noRolloutView } from '../../src/cards/no-rollout-view.ts'
import { pipelineCard } from '../../src/cards/pipeline-card.ts'
import { planView } from '../../src/cards/plan-view.ts'
import { refusal } from '../../src/cards/refusal.ts'
import type { ReleaseGlance } from '../../src/cards/release-glance.ts'
import {
  approversReminder,
  auditHead,
  breakGlassAnnouncement,
  lockReminder,
  lockTakenOver,
} from '../../src/cards/release-notices.ts'
import { releaseStory, type StoryRow } from '../../src/cards/release-story.ts'
import type { Rendered } from '../../src/cards/rendered.ts'
import { type EnvironmentStatus, statusView } from '../../src/cards/status-view.ts'
import type { WayBack } from '../../src/cards/way-back-buttons.ts'
import { whoView } from '../../src/cards/who-view.ts'
import { whyView } from '../../src/cards/why-view.ts'
import { quote } from '../../src/release/text-with-people.ts'
import { hostile } from './arbitrary-pipeline.ts'
import { arbitraryGate, arbitraryPeople } from './arbitrary-release.ts'
import { expectSafe, textLength } from './expect-safe.ts'

const layouts = ['plan', 'classic'] as const
const names = new Map([
  ['U07MIA', 'Mia'],
  ['U07SAM', 'Sam'],
  ['S07APPROVE', 'approvers'],
  ['S07ONCALL', 'oncall'],
])
const url = 'https://acme.slack.com/archives/C1/p1'
const title = 'Keep people signed in when their session is renewed'
const lock = { by: sam, why: 'Incident 4711', expiresAt: null }
const place = { repository: 'acme/omnihub', environment: 'production' }

function shown(rendered: Rendered): string {
  expectSafe(rendered)
  return renderText(rendered, { width: 300, names })
}

const waiting: ReleaseGlance = { release: sampleRelease(), title, url }
const released: ReleaseGlance = {
  release: sampleRelease({
    state: { name: 'completed', at: askedAt + 3_600_000 },
    approvals: [sampleApproval(sam), sampleApproval(mia)],
  }),
  title,
  url,
}

const production: EnvironmentStatus = {
  ...place,
  url: 'https://omnihub.acme.example',
  live: { sha: liveSha, title: 'Ask for the region once', at: askedAt - 90_000_000, by: sam, cardUrl: url },
  open: [waiting],
  lock,
  freeze: null,
  hasDeclaredFreeze: false,
  owedReview: null,
}

describe.each(layouts)('answers to /deploy (%s)', (layout) => {
  const context = releaseContext(layout)

  it('status says what is live, what is open and what stands in the way, with the buttons for it', () => {
    const free = { ...production, environment: 'staging', open: [], lock: null }
    const text = shown(statusView([production, free], askedAt, context))
    expect(text).toContain('🟠 production of omnihub')
    expect(text).toContain('Live: 9f8e7d6 Ask for the region once · since 1 Mar 2026 17:02 · asked for by @Sam · card')
    expect(text).toContain('🔒 Locked for incident 4711 by @Sam until it is taken off: Incident 4711')
    expect(text).toContain('1a2b3c4 ✋ production (canary): Waiting for approval · open until 2 Mar 2026 22:02')
    expect(text).toContain('[ Deploy… ]  [ Unlock ]')
    expect(text).toContain('🟢 staging of omnihub · free')
    expect(text).toContain('[ Deploy… ]  [ Lock… ]')
    expect(statusView([production], askedAt, context).text).toBe('omnihub production: 9f8e7d6 live, 1 open, locked')
  })

  it('why lists every gate, closed ones first, each with what opens it', () => {
    const gates = [
      { id: 'ci', name: 'Green checks', state: 'open', detail: '6 of 6 passed', action: null },
      { id: 'lock', name: 'Lock', state: 'closed', detail: 'Sam: Incident 4711', action: '/deploy unlock production' },
      { id: 'staging', name: 'Staging', state: 'off', detail: 'not asked for here', action: null },
    ] as const
    const input = { ...place, sha: sampleSha, gates, underWay: null, readAt: askedAt, buttons: [], context }
    const text = shown(whyView(input))
    expect(text).toContain('⛔ 1 gate stands in the way of omnihub 1a2b3c4 to production')
    expect(text.indexOf('Lock')).toBeLessThan(text.indexOf('Green checks'))
    expect(text).toContain('→ /deploy unlock production')
    expect(text).toContain('switched off')
    expect(whyView(input).text).toBe('1 gate stands in the way of omnihub 1a2b3c4 to production: Lock')
    expect(shown(whyView({ ...input, gates: [] }))).toContain('✅ Nothing stands in the way of omnihub 1a2b3c4')
  })

  it('plan shows the release that would be made, says that nothing was made, and offers to ask for it', () => {
    const text = shown(planView({ ...gateForPicture(layout), missing: gateInput().missing }))
    expect(text).toContain('📝 Plan: omnihub → production')
    expect(text).toContain('Nothing was made and nobody was asked.')
    expect(text).toContain('❗ Drops a column')
    expect(text).toContain('[ Ask for this release ]')
    for (const word of ['Approve ]', 'open until', sampleRelease().id]) expect(text).not.toContain(word)
  })

  it('history says of each release what came of it, who asked and who approved', () => {
    const text = shown(historyList([released, waiting], 'omnihub production', context))
    expect(text).toContain('✅ omnihub → production Released · 2 Mar 2026 19:02 · canary')
    expect(text).toContain('asked for by @Mia · approved by @Sam, @Mia')
    expect(shown(historyList([], 'omnihub production', context))).toContain('There was none yet')
  })

  it('who names the people of each rule and says who cannot approve', () => {
    const risk = {
      name: 'auth',
      when: { type: 'paths', globs: ['auth/**'] },
      approvals: [{ from: { users: ['U07SAM'], groups: [], teams: [] }, count: 1 }],
    } as const
    const text = shown(whoView('acme/omnihub', samplePolicy({ risks: [risk] }), context))
    expect(text).toContain('Ask for a release: everybody in this workspace, but no guests')
    expect(text).toContain('Approve: 2 people of @approvers or acme/sre on GitHub')
    expect(text).toContain('Also, when it is risky: 1 person of @Sam (rule auth)')
    expect(text).toContain(
      'Whoever asked for a release cannot approve it; whoever wrote a part of it cannot approve it.',
    )
    expect(text).toContain('Break the glass: @oncall, told to #security')
  })

  it('a refusal says why, what would make it work, when, and has the buttons that do it', () => {
    const request = { ...place, strategy: 'canary', ref: 'v1.4.2' } as const
    const text = shown(
      refusal({
        reason: 'The environment is locked.',
        detail: 'Sam Delgado holds the lock: Incident 4711',
        hints: ['Ask Sam, or take the lock over'],
        command: '/deploy why production',
        worksAt: askedAt,
        card: { label: 'the release that is open', url },
        remedies: [
          { type: 'unlock', ...place, lock },
          { type: 'take_over_lock', ...place, lock },
          { type: 'why', request },
          { type: 'request', label: 'Blue-green instead', request: { ...request, strategy: 'blue-green' } },
        ],
        context,
      }),
    )
    expect(text).toContain('⛔ The environment is locked.')
    expect(text).toContain('→ Ask Sam, or take the lock over')
    expect(text).toContain('→ It works again 2 Mar 2026 18:02')
    expect(text).toContain('→ Try /deploy why production')
    expect(text).toContain('[ Unlock ]  [ Take the lock over ]  [ What stands in the way? ]  [ Blue-green instead ]')
  })

  it('help is a list of commands with what they do', () => {
    const lines = [
      { command: '/deploy prod canary v1.4.2', text: 'ask for a release' },
      { command: null, text: 'Order does not matter.' },
    ]
    const text = shown(helpView('What /deploy can do', lines, layout))
    expect(text).toContain('/deploy prod canary v1.4.2 ask for a release')
    expect(text).toContain('Order does not matter.')
  })
})

describe.each(layouts)('messages about a release (%s)', (layout) => {
  const context = releaseContext(layout)
  const row = (minutes: number, more: Partial<StoryRow>): StoryRow => {
    const base = { actor: sam, action: 'approve', reason: null, text: null, client: 'slack' } as const
    return { at: askedAt + minutes * 60_000, ...base, ...more }
  }

  it('the story tells who did what and who was refused and why, oldest first', () => {
    const rows = [
      row(9, { text: 'Checked the smoke run', client: 'cli' }),
      row(0, { actor: mia, action: 'request' }),
      row(5, { actor: mia, reason: 'self_approval' }),
      row(60, { actor: 'sluice', action: 'complete', client: 'sluice' }),
    ]
    const lines = shown(releaseStory(released, rows, context)).split('\n')
    expect(lines.slice(0, 6)).toEqual([
      '✅ Released · omnihub 1a2b3c4 to production (canary) · 1 h',
      title,
      '2 Mar 2026 18:02:10 @Mia asked for the release',
      '2 Mar 2026 18:07:10 @Mia wanted to approve: not done · You asked for this release, so somebody else has to approve it.',
      '2 Mar 2026 18:11:10 @Sam ✓ approved (command line) · “Checked the smoke run”',
      '2 Mar 2026 19:02:10 Sluice saw it end well',
    ])
  })

  it('of a long story the beginning and the end are shown, and where the rest is', () => {
    const rows = Array.from({ length: 200 }, (_, index) => row(index, { text: `press ${index}` }))
    const text = shown(releaseStory(released, rows, context))
    expect(text).toContain('“press 0”')
    expect(text).toContain('“press 199”')
    expect(text).toContain(`… 170 lines left out: sluice audit show ${released.release.id}`)
  })

  it('the thread has the whole evidence, in as many messages as it takes', () => {
    const commits = Array.from({ length: 250 }, (_, index) => sampleCommit(sampleSha, `Change ${index}`, 'mia-k'))
    const paths = Array.from({ length: 300 }, (_, index) => `packages/web/src/file-${index}.ts`)
    const changes = sampleChanges({ commits, paths, commitCount: 260, fileCount: 300, migrations: sampleMigrations })
    const messages = evidenceDetails(sampleRelease({ evidence: sampleEvidence({ changes }) }), context)
    expect(messages.length).toBeGreaterThan(3)
    const all = messages.map(shown).join('\n')
    expect(all).toContain(`Evidence, part 1 of ${messages.length}: 260 commits`)
    expect(all).toContain('Commits (GitHub lists 250 of 260)')
    for (let index = 0; index < 250; index++) expect(all).toContain(`Change ${index} `)
    for (const path of paths) expect(all).toContain(path)
    expect(all).toContain('❗ Drops a column: ALTER TABLE sessions DROP COLUMN refresh_token;')
    expect(all).toContain('• lint passed, required')
  })

  it('reminders say what is missing until when, and the owner of a lock can take it off', () => {
    const { missing } = gateInput()
    const reminder = shown(
      approversReminder({ release: sampleRelease(), expiresAt: askedAt, missing, cardUrl: url }, context),
    )
    expect(reminder).toContain('⏰ 2 approvals still missing for omnihub 1a2b3c4 to production (canary)')
    expect(reminder).toContain('○ 2 of @approvers or acme/sre on GitHub')
    expect(reminder).toContain('The gate closes 2 Mar 2026 18:02')
    const lockText = shown(lockReminder({ ...place, lock, heldMs: 3 * 3_600_000, waiting: 2 }, context))
    expect(lockText).toContain('🔒 You have locked production of omnihub for 3 h: Incident 4711')
    expect(lockText).toContain('2 releases wait for it.')
    expect(lockText).toContain('[ Unlock ]')
    const taken = lockTakenOver({ ...place, lock, by: mia, what: 'taken over', at: askedAt }, context)
    expect(shown(taken)).toContain('🔓 @Mia has taken over your lock of production of omnihub')
  })

  it('broken glass is announced with who, why, what was overridden, and those on call', () => {
    const text = shown(
      breakGlassAnnouncement(
        {
          release: sampleRelease(),
          by: sam,
          at: askedAt,
          why: 'Checkout is down',
          overridden: ['freeze', 'approvals'],
          onCall: 'S07ONCALL',
          cardUrl: url,
        },
        context,
      ),
    )
    expect(text).toContain('🚨 BREAK GLASS: @Sam releases omnihub 1a2b3c4 to production (canary)')
    expect(text).toContain('Why: Checkout is down')
    expect(text).toContain('Overridden: freeze, approvals')
    expect(text).toContain('On call: @oncall')
  })

  it('the audit log’s head is told whole', () => {
    const text = shown(auditHead({ rows: 12_345, hash: sampleDigest, at: askedAt }, context))
    expect(text).toContain(`Audit log: 12,345 rows · head ${sampleDigest}`)
  })

  it('the card of a pipeline has a line for each release of its commit', () => {
    const text = shown(pipelineCard(midFlight(), pipelineContext(layout), [waiting, released]))
    expect(text).toContain('✋ production (canary): Waiting for approval · open until 2 Mar 2026 22:02')
    expect(text).toContain('✅ production (canary): Released · 2 Mar 2026 19:02')
  })
})

describe('the Home tab', () => {
  const health = { version: '0.1.0', isStoreSound: true, deadLetters: 0, lastDeliveryAt: null }
  const home = (releases?: readonly ReleaseGlance[]) => {
    const input = { pipelines: [], repositories: [], health, context: pipelineContext() }
    return homeView(releases === undefined ? input : { ...input, releases })
  }

  it('shows open gates with a link, the last releases with who approved, and a button to deploy', () => {
    const blocks = home([waiting, released])
    expectSafe({ text: '', blocks }, 'home')
    const text = renderText({ blocks }, { width: 300, names })
    expect(text).toContain('Open gates\n✋ omnihub → production Waiting for approval')
    expect(text).toContain('[ Deploy… ]')
    expect(text).toContain('Last releases\n✅ omnihub → production Released')
    expect(text).toContain('approved by @Sam, @Mia')
    expect(JSON.stringify(blocks)).toContain(url)
  })

  it('says nothing of gates where none is configured', () => {
    expect(JSON.stringify(home())).not.toContain('Open gates')
  })
})

describe('whatever is shown', () => {
  it('is taken by Slack and pages nobody who is not meant', () => {
    fc.assert(
      fc.property(arbitraryGate, arbitraryPeople, hostile, (input, people, word) => {
        const { release, context } = input
        const where = { repository: word, environment: word }
        const by = release.requester
        const anyLock = { by, why: word, expiresAt: null }
        const glance = { release, title: word, url: word, rollout: input.rollout?.rollout ?? null }
        const way = input.rollout === null ? null : ({ type: 'roll_back', glance: input.rollout } as const)
        const ways = new Map<string, WayBack>(way === null ? [] : [[release.id, way]])
        const rows = Array.from({ length: 60 }, (): StoryRow => {
          return { at: askedAt, actor: by, action: word, reason: 'frozen', text: word, client: 'github' }
        })
        const status = { ...production, ...where, open: Array.from({ length: 9 }, () => glance), lock: anyLock }
        const policy = { ...samplePolicy(), requesters: people, approvals: [{ from: people, count: 1 }] }
        const request = { ...where, strategy: null, ref: word }
        const all = [
          planView(input),
          statusView(
            Array.from({ length: 15 }, () => status),
            askedAt,
            context,
          ),
          whyView({ ...where, sha: word, gates: input.gates, underWay: glance, readAt: askedAt, buttons: [], context }),
          historyList(
            Array.from({ length: 40 }, () => glance),
            word,
            context,
            ways,
          ),
          noRolloutView(
            Array.from({ length: 9 }, () => ({ ...status, whyNoRollback: quote(word), earlier: [release, release] })),
            context,
          ),
          whoView(word, policy, context),
          releaseStory(glance, rows, context, way),
          refusal({
            reason: word,
            detail: word,
            hints: [word, word],
            command: word,
            worksAt: askedAt,
            card: { label: word, url: word },
            remedies: [
              { type: 'take_over_lock', ...where, lock: anyLock },
              { type: 'unfreeze', ...where },
              { type: 'who', ...where },
              { type: 'why', request },
              { type: 'request', label: word, request },
            ],
            context,
          }),
          helpView(
            word,
            Array.from({ length: 40 }, () => ({ command: word, text: word })),
            context.layout,
          ),
          approversReminder({ release, expiresAt: Number.NaN, missing: input.missing, cardUrl: word }, context),
          lockReminder({ ...where, lock: anyLock, heldMs: -1, waiting: 0 }, context),
          lockTakenOver({ ...where, lock: anyLock, by, what: 'taken off', at: 0 }, context),
          breakGlassAnnouncement(
            { release, by, at: 0, why: word, overridden: [word], onCall: word, cardUrl: word },
            context,
          ),
          auditHead({ rows: 0, hash: word, at: 0 }, context),
          ...evidenceDetails(release, context).slice(0, 4),
          pipelineCard(
            midFlight(),
            pipelineContext(context.layout),
            Array.from({ length: 9 }, () => glance),
          ),
        ]
        for (const rendered of all) {
          expectSafe(rendered)
          expect(textLength(rendered.blocks), rendered.text).toBeLessThanOrEqual(10_500)
        }
        const health = { version: '0.1.0', isStoreSound: true, deadLetters: 0, lastDeliveryAt: null }
        const releases = Array.from({ length: 40 }, () => glance)
        const home = { pipelines: [], repositories: [], health, releases, context: pipelineContext() }
        expectSafe({ text: '', blocks: homeView(home) }, 'home')
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})
