import type { ActionsBlock, Button } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { renderText } from '../../sandbox/slack/render/render-text.ts'
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
  sampleEvidence,
  sampleIdentity,
  sampleMigrations,
  samplePolicy,
  sampleRelease,
} from '../../sandbox/slack/render/sample-releases.ts'
import { gateCard } from '../../src/cards/gate-card.ts'
import type { GateCardInput } from '../../src/cards/gate-card-input.ts'
import type { EvidenceChanges } from '../../src/release/evidence.ts'
import type { Release, ReleaseState } from '../../src/release/release.ts'
import { expectSafe } from './expect-safe.ts'

const layouts = ['plan', 'classic'] as const
const names = new Map([
  ['U07MIA', 'Mia'],
  ['U07SAM', 'Sam'],
  ['S07APPROVE', 'approvers'],
])

function shown(input: GateCardInput): string {
  const card = gateCard(input)
  expectSafe(card)
  return renderText(card, { width: 300, names })
}

const withRelease = (more: Partial<Release>, rest: Partial<GateCardInput> = {}) =>
  gateInput({ release: sampleRelease(more), ...rest })
const withChanges = (more: Partial<EvidenceChanges>, rest: Partial<GateCardInput> = {}) =>
  withRelease({ evidence: sampleEvidence({ changes: sampleChanges(more) }) }, rest)

function buttons(input: GateCardInput): readonly Button[] {
  return gateCard(input)
    .blocks.filter((block): block is ActionsBlock => block.type === 'actions')
    .flatMap(({ elements }) => elements.filter((element): element is Button => element.type === 'button'))
}
const labels = (input: GateCardInput) => buttons(input).map(({ text }) => text.text)

describe.each(layouts)('the gate card (%s)', (layout) => {
  const context = releaseContext(layout)

  it('says at a glance what, who asked, whether it is safe, who has approved, who is missing, and until when', () => {
    const text = shown(gateForPicture(layout))
    const order = [
      '✋ Waiting for approval: omnihub → production',
      'Keep people signed in when their session is renewed',
      'acme/omnihub · canary · 1a2b3c4 · v1.4.2',
      'Asked for by @Mia 2 Mar 2026 18:02 · ⏰ open until 2 Mar 2026 22:02',
      '“People are signed out every hour, support asks for it today”',
      'Look at this first',
      '❗ Drops a column: ALTER TABLE sessions DROP COLUMN refresh_token; · 20260301120000_sessions.sql:12',
      '✅ 6 required checks, staging and smoke tests passed.',
      'Approvals: 1 given, 1 missing',
      '✓ @Sam 2 Mar 2026 18:11 · “Checked the smoke run”',
      '○ 1 more of @approvers or acme/sre on GitHub',
      'Cannot approve: whoever asked for it or whoever wrote a part of it.',
      '[ Approve ]  [ Reject… ]  [ Withdraw my approval ]  [ All evidence ]  [ Refresh ]  [ Cancel release ]  [ 🚨 Break glass… ]',
      'What would ship: 12 commits in 3 pull requests, 48 files, +1,203 −311',
    ]
    let from = 0
    for (const line of order) {
      const at = text.indexOf(line, from)
      expect(at, `${line}\n\nafter\n\n${text.slice(0, from)}`).toBeGreaterThanOrEqual(0)
      from = at + line.length
    }
  })

  it('shows the evidence: what is live, pull requests with authors, areas, configuration, migrations, staging', () => {
    const text = shown(gateForPicture(layout))
    expect(text).toContain('Live now: 9f8e7d6 since 1 Mar 2026 12:02 (1 d 6 h) · diff to 9f8e7d6')
    expect(text).toContain('#126 Renew sessions in the background · kim-r')
    expect(text).toContain('Files by area: packages/web 31, supabase 9, docs 8')
    expect(text).toContain('Configuration: supabase/config.toml')
    expect(text).toContain('Dependencies: package-lock.json')
    expect(text).toContain('Database: 2 migrations, 1 destructive statement')
    expect(text).toContain('✓ Nothing destructive in: 20260301130000_regions.sql')
    expect(text).toContain('✓ staging passed, there since 2 Mar 2026 14:40 (3 h 22 min)')
    expect(text).toContain('Smoke: ✓ Smoke staging passed')
    expect(text).toContain('staging P95 182 ms · load test: 200 users for 5 min, 0 errors')
    expect(text).toContain('Read from GitHub 2 Mar 2026 18:02:10 · pipeline · production')
  })

  it('links the destructive statement to its line in the file at exactly this commit', () => {
    const json = JSON.stringify(gateCard(gateForPicture(layout)).blocks)
    expect(json).toContain(
      'https://github.com/acme/omnihub/blob/1a2b3c4d5e6f708192a3b4c5d6e7f80912345678/supabase/migrations/20260301120000_sessions.sql#L12',
    )
  })

  it('says what happens next, what is rolled back, and how to get back', () => {
    const text = shown(gateInput({ context }))
    expect(text).toContain(
      'Sluice reads all of this once more and starts cd-production.yml from main for exactly 1a2b3c4.',
    )
    expect(text).toContain('canary: 5 % for 15 min → 25 % for 30 min → 100 %.')
    expect(text).toContain('Sluice does not roll it back by itself')
    expect(text).toContain('/deploy production canary 9f8e7d6')
    const rollback = { triggers: ['errors above 1 %', 'P95 above 400 ms'], how: 'all traffic to the old version' }
    const rolled = shown(gateInput({ context, rollback }))
    expect(rolled).toContain('Rolled back by itself when: errors above 1 %; P95 above 400 ms.')
    expect(rolled).toContain('How: all traffic to the old version')
    expect(shown(withRelease({ mode: 'protection_rule' }, { context }))).toContain('lets the run at GitHub go on')
  })

  it('says in bold that it goes back, and names the commits that would be taken away', () => {
    const commits = [sampleCommit(liveSha, 'Ask for the region once', 'jo-lin')]
    const text = shown(withChanges({ relation: 'behind', commits, commitCount: 4, pulls: [] }, { context }))
    expect(text).toContain('⏪ This goes BACK: it takes away 4 commits that are live.')
    expect(text).toContain('Takes away 4 commits that are live:')
    expect(text).toContain('9f8e7d6 Ask for the region once · jo-lin')
    expect(text).toContain('and 3 more commits')
  })

  it('says of a commit beside what is live both what comes and what goes', () => {
    const takenAway = [sampleCommit(liveSha, 'Ask for the region once', 'jo-lin')]
    const text = shown(withChanges({ relation: 'diverged', takenAway }, { context }))
    expect(text).toContain('it takes away 1 commit that is live')
    expect(text).toContain('#128 Keep people signed in')
  })

  it('never calls a migration safe that could not be read, nor a list of files that is not complete', () => {
    const [first, second] = sampleMigrations
    const unread = [first, second].flatMap((one) =>
      one === undefined ? [] : [{ ...one, isRead: false, destructive: [] }],
    )
    const text = shown(withChanges({ migrations: unread, isFileListComplete: false }, { context }))
    expect(text).toContain('❔ 2 migrations could not be read: nothing is known of what they do.')
    expect(text).toContain('GitHub did not list all changed files')
    expect(text).not.toContain('nothing destructive')
    expect(text).not.toContain('Nothing unusual found')
  })

  it('names the checks that did not pass, and that the branch is not allowed', () => {
    const checks = sampleEvidence().checks.map((check) =>
      check.name === 'unit' ? { ...check, state: 'failed' as const } : check,
    )
    const evidence = sampleEvidence({ checks, isOnAllowedBranch: false, branches: [] })
    const text = shown(withRelease({ evidence }, { context }))
    expect(text).toContain('❌ 5 of 6 required checks passed (unit failed), staging passed, smoke tests 1 of 1.')
    expect(text).toContain('❌ The commit is on no branch that may be released here.')
  })

  it('says which rules are switched off', () => {
    const policy = samplePolicy({ requiresCi: false, requiresStaging: null, branches: null, allowsSelfApproval: true })
    expect(shown(gateInput({ policy, context }))).toContain(
      'Switched off here: green checks, a staging deployment before, allowed branches, the rule that the requester cannot approve',
    )
    expect(shown(gateInput({ context }))).not.toContain('Switched off')
  })

  it('says that approvals are void and what has changed, and that others were carried over and why', () => {
    const voided = { at: askedAt, changed: ['sha', 'migrations'], approvals: 2 }
    expect(shown(withRelease({ voided }, { context }))).toContain(
      '⚠️ 2 approvals void since 2 Mar 2026 18:02: what would ship has changed (sha and migrations). Look again.',
    )
    const releaseId = '01JNB3Q7Y8ZR4W5V6T7S8R9Q0A'
    const carried = sampleApproval(sam, { carriedFrom: { releaseId, why: 'untouched_paths' } })
    expect(shown(withRelease({ approvals: [carried] }, { context }))).toContain(
      `carried over from ${releaseId}: what was added since touches none of the service’s paths`,
    )
  })

  it('says what holds it up: lock, freeze, queue, an owed review, and a gate with its action', () => {
    const text = shown(
      gateInput({
        context,
        lock: { by: sam, why: 'Incident 4711', expiresAt: null },
        freeze: { reason: 'No production after 16:00 on Friday', untilMs: askedAt },
        queue: { position: 2, beforeUrl: 'https://acme.slack.com/archives/C1/p2' },
        owedReview: { by: mia, url: null },
        gates: [
          { id: 'staging', name: 'Staging', state: 'closed', detail: '30 h old', action: 'deploy to staging again' },
          { id: 'ci', name: 'Checks', state: 'open', detail: 'all passed', action: null },
        ],
      }),
    )
    expect(text).toContain('🔒 Locked for incident 4711 by @Sam until it is taken off: Incident 4711')
    expect(text).toContain('❄️ Frozen until 2 Mar 2026 18:02: No production after 16:00 on Friday')
    expect(text).toContain('🕒 number 2 in line for this environment, after the release before it')
    expect(text).toContain('🕒 A review is owed: @Mia broke the glass')
    expect(text).toContain('✗ Staging: 30 h old → deploy to staging again')
    expect(text).not.toContain('all passed')
  })

  it('marks broken glass in the header, with reason, what was overridden, and the review that is owed', () => {
    const breakGlass = { by: sam, at: askedAt, why: 'Checkout is down' }
    const state: ReleaseState = { name: 'completed', at: askedAt + 600_000 }
    const input = withRelease(
      { breakGlass, state },
      {
        context,
        review: { signedOffBy: null, at: null },
        gates: [{ id: 'freeze', name: 'Freeze', state: 'overridden', detail: '', action: null }],
      },
    )
    const text = shown(input)
    expect(text).toContain('🚨 BREAK GLASS · ✅ Released: omnihub → production')
    expect(text).toContain('🚨 BREAK GLASS by @Sam 2 Mar 2026 18:02: Checkout is down')
    expect(text).toContain('🚨 Overridden: Freeze.')
    expect(text).toContain('A review is owed')
    expect(labels(input)).toEqual(['Sign off'])
    const signed = { ...input, review: { signedOffBy: mia, at: askedAt } }
    expect(shown(signed)).toContain('✓ Signed off by @Mia 2 Mar 2026 18:02')
    expect(labels(signed)).toEqual([])
  })

  it('names the risk rules in force and whom they ask besides', () => {
    const missing = [{ count: 1, from: { users: ['U07SAM'], groups: [], teams: [] }, risk: 'destructive migration' }]
    const text = shown(withRelease({ risks: ['destructive migration'] }, { context, missing }))
    expect(text).toContain('⚠️ More approvals than usual, because of: destructive migration')
    expect(text).toContain('○ 1 more of @Sam (risk rule destructive migration)')
  })

  const run = { id: 1, url: 'https://github.com/acme/omnihub/actions/runs/1' }
  const at = askedAt + 3_600_000
  it.each<[string, ReleaseState, string, string]>([
    [
      'completed',
      { name: 'completed', at },
      '✅ Released',
      'Live since 2 Mar 2026 19:02 · 1 h after it was asked for · the run',
    ],
    [
      'failed',
      { name: 'failed', at, reason: 'run_failed', detail: 'job migrate' },
      '❌ Failed',
      'The workflow did not end well.',
    ],
    ['rejected', { name: 'rejected', at, by: sam, why: 'Not today' }, '🚫 Rejected', 'By @Sam 2 Mar 2026 19:02:'],
    ['expired', { name: 'expired', at }, '⌛ Expired', 'Nobody decided in time'],
    ['superseded', { name: 'superseded', at, byRelease: 'x' }, '⏭️ Superseded', 'A newer release took its place'],
    ['cancelled', { name: 'cancelled', at, by: mia, why: 'wrong commit' }, '🚫 Cancelled', 'By @Mia 2 Mar 2026 19:02'],
  ])('%s: the outcome comes first and there are no buttons', (_, state, header, line) => {
    const input = withRelease({ state, run }, { context, missing: [] })
    const text = shown(input)
    expect(text.startsWith(`${header}: omnihub → production`)).toBe(true)
    expect(text.indexOf(line)).toBeGreaterThan(0)
    expect(text.indexOf(line)).toBeLessThan(text.indexOf('Approvals'))
    expect(labels(input)).toEqual([])
    expect(text).not.toContain('What happens next')
  })
})

describe('an approved release that is held up', () => {
  it.each([
    ['turn', 'Approved, waits for its turn'],
    ['review', 'Approved, waits for a sign-off'],
  ] as const)('by %s says so in its first line', (waitsFor, words) => {
    const text = shown(withRelease({ state: { name: 'queued', since: askedAt, waitsFor } }))
    expect(text.startsWith(`🕒 ${words}: omnihub → production`)).toBe(true)
    expect(text).toContain('Nothing has been started yet.')
  })
})

describe('the buttons of a gate', () => {
  it('offer what makes sense in the state', () => {
    expect(labels(gateInput())).toEqual([
      'Approve',
      'Reject…',
      'All evidence',
      'Refresh',
      'Cancel release',
      '🚨 Break glass…',
    ])
    const queued: ReleaseState = { name: 'queued', since: askedAt, waitsFor: 'turn' }
    const approvals = [sampleApproval(sam)]
    expect(labels(withRelease({ state: queued, approvals }))).toEqual([
      'Withdraw my approval',
      'All evidence',
      'Refresh',
      'Cancel release',
      '🚨 Break glass…',
    ])
    expect(labels(withRelease({ state: { name: 'preparing', since: askedAt, phase: 'running' } }))).toEqual([])
    expect(labels(gateInput({ policy: samplePolicy({ breakGlass: null }) }))).not.toContain('🚨 Break glass…')
  })

  it('ask before they approve, saying what will happen and what must not be overlooked', () => {
    const [approve] = buttons(gateForPicture())
    expect(approve?.style).toBe('primary')
    expect(approve?.confirm?.text.text).toBe(
      '1a2b3c4 goes to production by canary, exactly as this card shows it, with 1 destructive migration statement. It is the last approval needed: the release starts at once.',
    )
    const [first] = buttons(gateInput())
    expect(first?.confirm?.text.text).toContain('After yours 1 approval is still missing.')
    const [locked] = buttons({ ...gateForPicture(), lock: { by: sam, why: 'x', expiresAt: null } })
    expect(locked?.confirm?.text.text).toContain('the release then waits for the lock')
  })

  it('with a checklist Approve opens the modal and asks nothing itself', () => {
    const [approve] = buttons(gateInput({ policy: samplePolicy({ checklist: ['Smoke results reviewed'] }) }))
    expect(approve?.text.text).toBe('Approve…')
    expect(approve?.confirm).toBeUndefined()
  })
})

describe('the notification of a gate', () => {
  it.each<[string, GateCardInput, string]>([
    [
      'waiting',
      gateForPicture(),
      'Waiting for approval: omnihub 1a2b3c4 to production (canary) "Keep people signed in when their session is renewed" - asked for by Mia Kovač - 1 destructive migration statement - 6 required checks, staging and smoke tests passed - 1 approval missing, open until 2026-03-02 22:02 UTC',
    ],
    [
      'rejected',
      withRelease({ state: { name: 'rejected', at: askedAt, by: sam, why: 'Not today' } }, { title: null }),
      'Rejected: omnihub 1a2b3c4 to production (canary) - by Sam Delgado: Not today',
    ],
    [
      'broken glass',
      withRelease(
        {
          breakGlass: { by: sam, at: askedAt, why: 'Checkout is down' },
          state: { name: 'preparing', since: askedAt, phase: 'starting' },
        },
        { title: null },
      ),
      'BREAK GLASS - Glass broken, the workflow is being started: omnihub 1a2b3c4 to production (canary) - asked for by Mia Kovač',
    ],
  ])('%s', (_, input, expected) => {
    expect(gateCard(input).text).toBe(expected)
  })

  it('names somebody without a name by login', () => {
    const requester = { ...sampleIdentity(null, '', 'octo'), name: null }
    expect(gateCard(withRelease({ requester })).text).toContain('asked for by octo')
  })
})
