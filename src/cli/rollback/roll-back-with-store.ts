/** A rollback with the store at hand: by the Sluice that runs, or in this process when none does. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceSecrets } from '../../config/read-service-secrets.ts'
import { type Clock, systemClock } from '../../engine/clock.ts'
import type { GateAct } from '../../engine/gate/acts.ts'
import { byHandOf } from '../../engine/rollout/by-hand-of.ts'
import { isSettled } from '../../engine/rollout/roll-back-here.ts'
import { rollbackWords, whereItIs } from '../../release/rollout/say-rollout.ts'
import { plainWords } from '../../release/text-with-people.ts'
import { outcomeOf } from '../../store/inbox.ts'
import type { Store } from '../../store/open-store.ts'
import { rolloutOf } from '../../store/rollouts.ts'
import { readSetting } from '../../store/settings.ts'
import { snapshotOf } from '../../store/snapshots.ts'
import { isStoreError } from '../../store/store-error.ts'
import { harmless } from '../harmless.ts'
import type { NamedPlace } from '../place.ts'
import { answerIn, type HandedIn, handIn } from '../press.ts'
import { UsageError } from '../usage-error.ts'
import { doItHere } from './do-it-here.ts'
import { findTarget } from './find-target.ts'
import { byHandLines, createReport, type RollbackResult, refused, resultOf, seconds } from './report.ts'
import { isConfirmed, type Terminal } from './terminal.ts'
import type { Work } from './work.ts'

/** Sluice says once a minute that it is alive: what is older by this much was said by one that is not. In ms. */
const aliveForMs = 90_000
/** In ms. */
export interface Patience {
  /** A Sluice that runs looks into its inbox every two seconds. */
  readonly toTakeUp: number
  readonly toBegin: number
  /** The longest pause between two attempts is half a minute, with the call. */
  readonly betweenSteps: number
}
const usualPatience: Patience = { toTakeUp: 5_000, toBegin: 10_000, betweenSteps: 45_000 }
const lookEveryMs = 100

export interface WithStoreOptions {
  /** A release's id or its beginning; null: whatever there is. */
  readonly release: string | null
  readonly why: string | null
  readonly isConfirmed: boolean
  /** In this process, whether or not Sluice runs. */
  readonly isDirect: boolean
  readonly patience?: Patience
  readonly clock?: Clock
}

/** @throws UsageError when there is nothing to roll back, or what is needed for it is missing */
export async function rollBackWithStore(
  store: Store,
  named: NamedPlace,
  secrets: ServiceSecrets,
  options: WithStoreOptions,
  terminal: Terminal,
): Promise<RollbackResult> {
  const { clock = systemClock, why } = options
  const { place, environment } = named
  const at = clock.now()
  const target = await findTarget(store.db, { place, environment, given: options.release, at })
  if (target === null) throw new UsageError(nothingThere(named))
  const { release, rollout } = target
  if (rollout.phase.name === 'rolled_back') throw new UsageError(plainWords(whereItIs(rollout)))

  const aliveAt = await readSetting(store.db, 'alive_at')
  const silentMs = aliveAt === null ? null : Math.max(0, at - Number(aliveAt))
  const isAlive = silentMs !== null && silentMs <= aliveForMs
  const sign = silentMs === null ? 'it has never run' : `its last sign of life was ${seconds(silentMs)} ago`
  const { say } = terminal
  say(`Release ${release.id}: ${release.sha.slice(0, 7)} to ${place.environment} of ${place.repository}.`)
  say(harmless(plainWords(whereItIs(rollout))))
  say(harmless(plainWords(rollbackWords(rollout, release.backup))))
  const here = options.isDirect
    ? 'It is done from here, as you asked.'
    : `Sluice does not run (${sign}): it is done from here.`
  say(isAlive && !options.isDirect ? `Sluice runs (${sign}) and will do it.` : here)
  const of = { environment: place.environment, repository: place.repository, release: release.id }
  const work: Work = { ...target, store, named, secrets, terminal, clock, why, report: createReport(say), of }
  if (!isAlive || options.isDirect) await checkTokens(work)
  if (!(await isConfirmed(options.isConfirmed, 'Roll back?', terminal))) return notDone(of)

  if (!isAlive || options.isDirect) return await doItHere(work, null)
  return await bySluice(work, options.patience ?? usualPatience)
}

function nothingThere({ place: { environment, repository } }: NamedPlace): string {
  return (
    `nothing is rolling out in ${environment} of ${repository}, and nothing that was released lately can be put back. ` +
    `To move its traffic all the same: sluice rollback ${environment} --no-store --to-pool POOL`
  )
}

function notDone(of: Work['of']): RollbackResult {
  return { isVerified: false, lines: [], json: { ...of, state: 'not_confirmed' } }
}

/** Without the token for the traffic there is nothing to begin with; other parts say for themselves what they lack. */
async function checkTokens({ rollout: { pools }, secrets, named, store, release }: Work): Promise<void> {
  const { environment, config } = named
  const { traffic } = environment
  if (traffic === null || pools === null) return
  const [name, token] =
    traffic.type === 'cloudflare'
      ? ['CLOUDFLARE_API_TOKEN', secrets.cloudflareApiToken]
      : ['VERCEL_TOKEN', secrets.vercelToken]
  if (token !== null) return
  const snapshot = await snapshotOf(store.db, release.id)
  const byHand = byHandOf({ environment, pools, snapshot, liveSha: null }, config)
  const lines = [
    `${name} is not set here, and traffic is moved with it.`,
    ...byHandLines('traffic', byHand.traffic ?? []),
  ]
  throw new UsageError(lines.join('\n'))
}

async function bySluice(work: Work, patience: Patience): Promise<RollbackResult> {
  const { store, release, why, report, of } = work
  const act: GateAct = { type: 'roll_back', releaseId: release.id, seen: null, why }
  const handedIn = await handIn(store, act).catch((error: unknown) => {
    if (!isStoreError(error)) throw error
    return null
  })
  if (handedIn === null) {
    await checkTokens(work)
    return await doItHere(work, null)
  }
  const answered = `effect:press:${handedIn.press.id}`
  const begunAt = Date.now()
  let seen = { revision: -1, at: begunAt }
  for (;;) {
    const outcome = await outcomeOf(store.db, answered)
    if (outcome !== null && outcome !== 'applied') return refused(await answerIn(store, act, handedIn), of)
    const rollout = outcome === null ? null : await rolloutOf(store.db, release.id)
    if (rollout !== null) {
      report(rollout)
      if (await isSettled(store.db, release, rollout, work.clock.now())) {
        return resultOf(rollout, { ...of, done_by: 'sluice', is_recorded: true })
      }
      if (rollout.revision !== seen.revision) seen = { revision: rollout.revision, at: Date.now() }
    }
    const isDecided = outcome !== null
    const silence = await whyNotWait(work, { handedIn, isDecided, begunAt, seenAt: seen.at }, patience)
    if (silence !== null) {
      work.terminal.say(`${silence} It is done from here.`)
      await checkTokens(work)
      return await doItHere(work, handedIn)
    }
    await sleep(lookEveryMs)
  }
}

/** Why it is not left to Sluice any longer; null while it is. */
async function whyNotWait(
  { store }: Work,
  of: { readonly handedIn: HandedIn; readonly isDecided: boolean; readonly begunAt: number; readonly seenAt: number },
  { toTakeUp, toBegin, betweenSteps }: Patience,
): Promise<string | null> {
  const now = Date.now()
  if (of.isDecided) {
    return now - of.seenAt > betweenSteps ? `Sluice has done nothing for ${seconds(now - of.seenAt)}.` : null
  }
  const waited = now - of.begunAt
  const late = `Sluice has not begun after ${seconds(waited)}.`
  if (waited > toBegin) return late
  return waited > toTakeUp && (await outcomeOf(store.db, of.handedIn.press.id)) === null ? late : null
}
