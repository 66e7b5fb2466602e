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
