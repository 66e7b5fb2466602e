import { cronFault } from '../policy/cron-times.ts'
import { parseDuration } from '../policy/duration.ts'
import { nearest } from './suggest.ts'
import type { ValueFault } from './value-checks.ts'

/** Checks of single values under `environments`; see value-checks.ts for how their answers are shown. */

/** @param least - and `most`: durations as they are written */
export function checkDuration(least: string, most: string): (value: string) => ValueFault | null {
  const [leastMs, mostMs] = [parseDuration(least) ?? 0, parseDuration(most) ?? Number.POSITIVE_INFINITY]
  return (value) => {
    const ms = parseDuration(value)
    if (ms === null && /^\d+$/.test(value)) {
      return {
        what: 'has no unit.',
        mend: `Write "${value}m" for minutes, "${value}h" for hours, "${value}d" for days.`,
      }
    }
    if (ms === null) return { what: 'is not a length of time.', mend: 'Write it like 30m, 4h or 7d.' }
    if (ms < leastMs) return { what: `is too short: the least is ${least}.`, mend: 'Write a longer time.' }
    if (ms > mostMs) return { what: `is too long: the most is ${most}.`, mend: 'Write a shorter time.' }
    return null
  }
}

export function checkTeam(value: string): ValueFault | null {
  if (/^[a-z\d][a-z\d-]{0,38}\/[\w.-]{1,100}$/i.test(value)) return null
  const what = 'is not a GitHub team, which is organization/team.'
  const written =
    /^@?([\w-]+\/[\w.-]+)$/.exec(value)?.[1] ?? /\/orgs\/([\w-]+)\/teams\/([\w.-]+)/.exec(value)?.slice(1).join('/')
  if (written !== undefined) return { what, mend: `Write "${written}".` }
  if (/^S[A-Z0-9]{7,}$/.test(value)) return { what, mend: 'It looks like a Slack user group: write it under "groups".' }
  return { what, mend: 'Write it like acme/release-managers, as in the address of its page.' }
}

export function checkWorkflow(value: string): ValueFault | null {
  if (/^[^/\\\s][^/\\]*\.ya?ml$/.test(value)) return null
  const what = 'is not the file name of a workflow.'
  const file = /([^/\\]+\.ya?ml)$/.exec(value)?.[1]
  if (file !== undefined) return { what, mend: `Write "${file}": workflows are always in .github/workflows.` }
  return { what, mend: `Write the file name, not the name of the workflow, like cd-production.yml.` }
}

/** Short names that are fixed offsets, or that mean several places. */
const abbreviation = /^[A-Z]{2,5}\d?(?:[A-Z]{3})?$/

export function checkZone(value: string): ValueFault | null {
  if (/^utc$/i.test(value)) return null
  const isKnown = !/^[+-]/.test(value) && !abbreviation.test(value) && isZone(value)
  if (isKnown) return null
  const zones = Intl.supportedValuesOf('timeZone')
  const place = value.toLowerCase().replaceAll(/[\s-]+/g, '_')
  const inPlace = zones.find((zone) => zone.toLowerCase().split('/').at(-1) === place)
  const meant = inPlace ?? nearest(value, zones, 2)
  const mend =
    meant === null || abbreviation.test(value) || !/[a-z]/i.test(value)
      ? 'Write a place, like Europe/Berlin or America/New_York, for which it is known when clocks are changed, or UTC.'
      : `Did you mean "${meant}"?`
  return { what: 'is not the name of a time zone.', mend }
}

function isZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }) !== null
  } catch {
    // How Intl says that there is none.
    return false
  }
}

export function checkCron(value: string): ValueFault | null {
  const fault = cronFault(value)
  const mend =
    "Write minute, hour, day of the month, month and day of the week, like '0 16 * * fri' for Fridays at 16:00."
  if (fault === 'fields') return { what: 'does not have the five fields of a cron expression.', mend }
  if (fault === 'values') return { what: 'has a field that cron does not know, or a day that never comes.', mend }
  return null
}
