import type Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { hasBroadcast, mendedByNewerCommit, openAlerts } from '../../src/store/alerts.ts'
import { auditedReleases, auditRecords, auditRowsAfter, wasDone } from '../../src/store/audit.ts'
import { cardsOf, cardsOfRelease, channelNames, dirtyCards, wantReleaseRevision } from '../../src/store/cards.ts'
import { commitOfMessage } from '../../src/store/commit-of-message.ts'
import { declaredFreezeOf, lockOf, owedReviewOf, signOffOf } from '../../src/store/environments.ts'
import { failureRate, passedAfter, usualDurationMs } from '../../src/store/history.ts'
import { inboxDepth, knownEvents, lastEventAt, nextEvents } from '../../src/store/inbox.ts'
import type { Db } from '../../src/store/open-store.ts'
import { laneHeads, nextEffectAt, outboxDepth, wakeLane } from '../../src/store/outbox.ts'
import { payloadOf } from '../../src/store/payloads.ts'
import { loginsOf, slackUsersOf } from '../../src/store/people.ts'
import { factsOf, findPipeline, openPipelines, pipelineById, recentPipelines } from '../../src/store/pipelines.ts'
import {
  failuresSince,
  lastEnded,
  openReleases,
  recentReleases,
  releaseById,
  releaseIdsLike,
  releasesOfCommit,
  releasesOfRun,
} from '../../src/store/releases.ts'
import { bundlesOf, keptBundles, snapshotOf } from '../../src/store/snapshots.ts'
import { dueTimers, nextTimerAt } from '../../src/store/timers.ts'
import { temporaryStore } from './temporary-store.ts'

const job = { repository: 'r', branch: 'main', name: 'lint' }

const place = { repository: 'r', environment: 'production' }

const queries: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  nextEvents: (db) => nextEvents(db, 50),
  inboxDepth: (db) => inboxDepth(db),
  knownEvents: (db) => knownEvents(db, ['a', 'b']),
  payloadOf: (db) => payloadOf(db, 'a'),
  laneHeads: (db) => laneHeads(db, { lanes: 'usual', limit: 12, dueBy: 1 }),
  nextEffectAt: (db) => nextEffectAt(db, 1),
  outboxDepth: (db) => outboxDepth(db),
  wakeLane: (db) => wakeLane(db, 'a', 1),
  dirtyCards: (db) => dirtyCards(db),
  cardsOf: (db) => cardsOf(db, 'p'),
  openPipelines: (db) => openPipelines(db, { since: 1, limit: 10 }),
  recentPipelines: (db) => recentPipelines(db, 10),
  findPipeline: (db) => findPipeline(db, { repository: 'r', sha: 's' }),
  pipelineById: (db) => pipelineById(db, 'p'),
  factsOf: (db) => factsOf(db, 'p'),
  openAlerts: (db) => openAlerts(db, { ...job, before: 1, pipelineId: 'p' }),
  mendedByNewerCommit: (db) => mendedByNewerCommit(db, { ...job, id: 'p', sha: 's' }),
  hasBroadcast: (db) => hasBroadcast(db, 'p'),
  usualDurationMs: (db) => usualDurationMs(db, job),
  failureRate: (db) => failureRate(db, { ...job, exceptPipelineId: 'p' }),
  passedAfter: (db) => passedAfter(db, { ...job, after: 1, pipelineId: 'p' }),
  dueTimers: (db) => dueTimers(db, 1, 10),
  nextTimerAt: (db) => nextTimerAt(db),
  wasDone: (db) => wasDone(db, { action: 'a', object: 'o' }),
  auditOfRelease: (db) => auditRecords(db, { from: 0, to: 1, object: 'release:a' }).next(),
  auditRowsAfter: (db) => auditRowsAfter(db, 1, 10),
  auditedReleases: (db) => auditedReleases(db, 'a', 6),
  releaseById: (db) => releaseById(db, 'a'),
  openReleases: (db) => openReleases(db, place),
  allOpenReleases: (db) => openReleases(db, null),
  recentReleases: (db) => recentReleases(db, { ...place, limit: 10 }),
  recentReleasesOfRepository: (db) => recentReleases(db, { ...place, environment: null, limit: 10 }),
  recentReleasesOfEnvironment: (db) => recentReleases(db, { ...place, repository: null, limit: 10 }),
  releasesOfCommit: (db) => releasesOfCommit(db, { repository: 'r', sha: 's' }),
  lastEnded: (db) => lastEnded(db, place, 'completed'),
  failuresSince: (db) => failuresSince(db, place, 1),
  releasesOfRun: (db) => releasesOfRun(db, 'r', 1),
  releaseIdsLike: (db) => releaseIdsLike(db, '01J'),
  commitOfMessage: (db) => commitOfMessage(db, { channel: 'C', ts: '1' }),
  channelNames: (db) => channelNames(db, 'C'),
  cardsOfRelease: (db) => cardsOfRelease(db, 'a'),
  wantReleaseRevision: (db) => wantReleaseRevision(db, 'a', 1, 1),
  lockOf: (db) => lockOf(db, place, 1),
  declaredFreezeOf: (db) => declaredFreezeOf(db, place, 1),
  owedReviewOf: (db) => owedReviewOf(db, place),
  signOffOf: (db) => signOffOf(db, 'a'),
  loginsOf: (db) => loginsOf(db, 'U'),
  slackUsersOf: (db) => slackUsersOf(db, ['a']),
  keptBundles: (db) => keptBundles(db, ['a', 'b']),
  snapshotOf: (db) => snapshotOf(db, 'a'),
  bundlesOf: (db) => bundlesOf(db, 'a'),
}

/** The statements that a query sends, as SQLite gets them. */
async function statementsOf(db: Db, query: (db: Db) => Promise<unknown>): Promise<readonly string[]> {
  const seen: string[] = []
  const listening = db.withPlugin({
    transformQuery: ({ node, queryId }) => {
      seen.push(db.getExecutor().compileQuery(node, queryId).sql)
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  })
  await query(listening)
  return seen
}

/** As planned before any value is bound: a plan that hangs on the values would be made anew at each call. */
function planOf(raw: Database.Database, statement: string): readonly string[] {
  const parameters = statement.match(/\?/g)?.map(() => null) ?? []
  const rows = raw.prepare(`EXPLAIN QUERY PLAN ${statement}`).all(...parameters) as { detail: string }[]
  return rows.map(({ detail }) => detail)
}

/** Walking a partial index of what is open costs as much as there is open; walking a table costs as much as there ever was. */
const walksTable =
  /^SCAN (?!.*USING (COVERING )?INDEX (inbox_open|outbox_queued|outbox_dead|cards_dirty|timers_due|pipelines_updated|releases_open)\b)/

describe('a hot query', () => {
  it.each(Object.entries(queries))('%s uses an index and never walks a table', async (_name, query) => {
    const { store, raw } = temporaryStore()
    const statements = await statementsOf(store.db, query)
    expect(statements.length).toBeGreaterThan(0)
    const plans = statements.flatMap((statement) => planOf(raw, statement))
    expect(plans.length).toBeGreaterThan(0)
    expect(plans.filter((detail) => walksTable.test(detail) && !/SCAN \(?subquery|CONSTANT ROW/i.test(detail))).toEqual(
      [],
    )
  })

  it('lastEventAt looks at the newest events first', async () => {
    const { store, raw } = temporaryStore()
    const [statement = ''] = await statementsOf(store.db, (db) => lastEventAt(db, 'github.facts'))
    expect(planOf(raw, statement).join()).not.toMatch(/TEMP B-TREE/)
  })
})

describe('a list of releases that shows a few of many', () => {
  const lists: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
    'of everything': (db) => recentReleases(db, { repository: null, environment: null, limit: 10 }),
    'of a repository': (db) => recentReleases(db, { ...place, environment: null, limit: 10 }),
    'of an environment': (db) => recentReleases(db, { ...place, limit: 10 }),
    'of environments of one name': (db) => recentReleases(db, { ...place, repository: null, limit: 10 }),
    'of a commit': (db) => releasesOfCommit(db, { repository: 'r', sha: 's' }),
    'that ended well': (db) => lastEnded(db, place, 'completed'),
    'that failed': (db) => failuresSince(db, place, 1),
    'that are open': (db) => openReleases(db, place),
  }

  it.each(Object.entries(lists))('%s is read in its order and never sorted', async (_name, query) => {
    const { store, raw } = temporaryStore()
    const [statement = ''] = await statementsOf(store.db, query)
    expect(planOf(raw, statement).join()).not.toMatch(/TEMP B-TREE/)
  })

  it.each(Object.keys(lists).filter((name) => name.startsWith('that')))(
    '%s is read from what is in that state',
    async (name) => {
      const { store, raw } = temporaryStore()
      const [statement = ''] = await statementsOf(store.db, lists[name] ?? (() => Promise.resolve()))
      expect(planOf(raw, statement).join()).toMatch(/INDEX releases_(open|ended)\b/)
    },
  )
})

describe('deleting a card', () => {
  it('finds its alerts’ messages by an index', () => {
    const { raw } = temporaryStore()
    const plan = planOf(raw, 'SELECT 1 FROM alert_messages WHERE card_id = ?')
    expect(plan.join()).toMatch(/^SEARCH/)
  })
})
