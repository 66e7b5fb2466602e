/** Sentences about a rollout; see text-with-people.ts for what may be in them. */
import { reasons } from '../../policy/reason-codes.ts'
import { becauseOf, counted } from '../say.ts'
import { moment, person, quote } from '../text-with-people.ts'
import type { Hold, Rollout } from './rollout.ts'

/** One sentence: how things stand. It is what a press on an old card is answered with. */
export function whereItIs(rollout: Rollout): string {
  const { phase, confirmed } = rollout
  switch (phase.name) {
    case 'preflight':
      return 'Now nothing is shifted yet: the load balancer is being looked at.'
    case 'before_check':
      return `Now at ${confirmed} %: checks before the next step are running.`
    case 'setting':
      return `Now at ${confirmed} %, on the way to ${phase.percent} %.`
    case 'observing':
      return `Already at ${confirmed} %, being observed.`
    case 'after_check':
      return `Already at ${confirmed} %: checks after the step are running.`
    case 'held':
      return `Held at ${confirmed} %${heldWords(phase.hold)}`
    case 'rolling_back':
      return `It is being rolled back since ${moment(phase.since)}.`
    case 'rollback_incomplete':
      return `The rollback that began at ${moment(rollout.stopwatch.rollbackAt ?? phase.since)} is not complete.`
    case 'completed':
      return `It was completed at ${moment(phase.at)}.`
    case 'rolled_back':
      return `It was rolled back at ${moment(phase.at)}.`
    default:
      return phase satisfies never
  }
}

/** ` by Ada: why`, or `: the reason's sentence`. */
function heldWords({ by, reason, detail }: Hold): string {
  if (by !== null) return ` by ${person(by)}${becauseOf(detail)}`
  return `: ${holdSentence({ by, reason, detail })}`
}

/** Why it stands, as a sentence. */
export function holdSentence({ by, reason, detail }: Pick<Hold, 'by' | 'reason' | 'detail'>): string {
  if (by !== null) return `${person(by)} holds it${becauseOf(detail)}`
  const sentence = reason === null ? 'It is held.' : reasons[reason]
  return detail === null ? sentence : `${sentence} ${quote(detail)}`
}

/**
 * What a rollback would do, for the confirmation before the press and the answer after it.
 *
 * @param backup - name of the backup that was made before the migrations; null when there is none
 */
export function rollbackWords(rollout: Rollout, backup: string | null): string {
  const { pools, hosts, hasSessionAffinity, migrations } = rollout
  const old = [...(hosts.functions ? ['the edge functions'] : []), ...(hosts.frontend ? ['the frontend'] : [])]
  const traffic =
    pools === null
      ? 'No traffic was shifted.'
      : `All traffic goes to ${quote(pools.baseline)}${hasSessionAffinity ? `, and ${quote(pools.canary)} is switched off, because sessions would stay there` : ''}.`
  const parts = old.length === 0 ? [] : [`At the same time ${old.join(' and ')} of before are put back.`]
  return [traffic, ...parts, ...migrationWords(migrations, backup)].join(' ')
}

function migrationWords({ count, isSafeToRollBack, why }: Rollout['migrations'], backup: string | null): string[] {
  if (count === 0) return []
  const what = `${counted(count, 'migration')} ${count === 1 ? 'stays' : 'stay'}`
  if (isSafeToRollBack === true) return [`${what}: the old version can run on ${count === 1 ? 'it' : 'them'}.`]
  const because = why === null ? '' : ` (${quote(why)})`
  const restore =
    backup === null
      ? 'No backup was named, so the database cannot be put back from one.'
      : `If it fails, restore the backup ${quote(backup)}; what was written since is lost then.`
  const danger =
    isSafeToRollBack === false
      ? 'the old version may fail on what they made'
      : 'nobody could tell whether the old version can run on what they made'
  return [`${what} in the database, and ${danger}${because}. ${restore}`]
}

/**
 * Where a rollout is and what comes next, for a list: `At 5 %, watched until 14:20, then 25 %.`
 *
 * See text-with-people.ts for what may be in it.
 */
export function progressOf(rollout: Rollout): string {
  const { phase, confirmed } = rollout
  switch (phase.name) {
    case 'preflight':
      return `Nothing is shifted yet: the load balancer is being looked at, then ${comingPercent(rollout, 0)}.`
    case 'before_check':
      return `At ${confirmed} %: checks before ${comingPercent(rollout, rollout.stepIndex)} are running.`
    case 'setting':
      return phase.purpose === 'restore'
        ? `Back to ${phase.percent} %, which somebody else had changed.`
        : `On the way from ${confirmed} % to ${phase.percent} %, which counts once it is read back.`
    case 'observing': {
      const until = windowEndsAt(rollout)
      const watched = until === null ? 'watched' : `watched until ${moment(until)}`
      return `At ${confirmed} %, ${watched}, then ${comingPercent(rollout, rollout.stepIndex + 1)}.`
    }
    case 'after_check':
      return `At ${confirmed} %: checks after it are running, then ${comingPercent(rollout, rollout.stepIndex + 1)}.`
    case 'held':
      return `${ended(whereItIs(rollout))} ${afterHold(rollout, phase.hold)}`
    case 'rolling_back':
    case 'rollback_incomplete':
    case 'completed':
    case 'rolled_back':
      return whereItIs(rollout)
    default:
      return phase satisfies never
  }
}

function comingPercent({ steps }: Rollout, index: number): string {
  const step = steps[index]
  if (step === undefined) return 'it is complete'
  return step.isAnalysisOnly ? `${step.percent} % for longer` : `${step.percent} %`
}

/** With a full stop, where somebody's words have none. */
function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function afterHold({ drift }: Rollout, { reason, endsByItself, limitAt }: Hold): string {
  const limit = limitAt === null ? '' : ` It has to be decided by ${moment(limitAt)}.`
  if (drift !== null) return `Somebody has to adopt the split as it is, restore it, or roll back.${limit}`
  if (endsByItself) return 'It goes on by itself once that is over.'
  if (reason === 'step_needs_approval') return `It goes on when the step is approved.${limit}`
  return `It goes on when somebody resumes it.${limit}`
}

/**
 * When the window that is open ends, if nothing gets in the way, UTC milliseconds. Time in which nobody watched does not
 * count, so that it may end later than planned.
 *
 * @returns null while none is open, or the clock stands
 */
export function windowEndsAt({ phase, window, analysis }: Rollout): number | null {
  if (phase.name !== 'observing' || window === null) return null
  const lengthMs = window.windowMs + window.extensionMs
  const { step, lastTo } = analysis
  const isOfWindow = step !== null && step.index === window.stepIndex && step.startedAt === window.openedAt
  const told = isOfWindow && lastTo !== null ? lastTo + lengthMs - step.observedMs : 0
  return Math.max(window.openedAt + lengthMs, told)
}
