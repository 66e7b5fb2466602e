import { formatDuration, parseDuration } from '../policy/duration.ts'
import type { FreezeWindow } from '../policy/gate-policy.ts'
import { weekText } from '../policy/week-text.ts'
import { firstInstant, instantAfterAllBefore } from '../policy/zoned-time.ts'
import { parseDays, parseMoment, parseTimeOfDay } from './freeze-text.ts'
import type { EnvironmentFile } from './to-gate-policy.ts'

const DAY = 86_400_000

/** @param defaultZone - for a window that names none */
export function toFreezeWindow(
  written: NonNullable<EnvironmentFile['freeze']>[number],
  defaultZone: string,
): FreezeWindow {
  const { from = '00:00', to = '24:00', cron, reason } = written
  const zone = written.time_zone ?? defaultZone
  if (cron !== undefined) {
    const durationMs = parseDuration(written.for ?? '') ?? 0
    const expression = cron.trim().replaceAll(/\s+/g, ' ')
    return {
      type: 'cron',
      expression,
      durationMs,
      zone,
      reason: reason ?? `${formatDuration(durationMs)} from each ${expression} (${zone})`,
    }
  }
  const [begin, end] = [parseMoment(from), parseMoment(to)]
  if (begin !== null && end !== null) {
    return {
      type: 'range',
      fromMs: begin.isUtc ? begin.wall : firstInstant(zone, begin.wall),
      // A day without a time is frozen to its end.
      toMs: end.isUtc ? end.wall : instantAfterAllBefore(zone, end.wall + (end.isDay ? DAY : 0)),
      reason: reason ?? `${from} to ${to}`,
    }
  }
  // Monday first, and each day once, so that the same week gives the same version however it is written.
  const days = [1, 2, 3, 4, 5, 6, 0].filter((day) =>
    (written.days ?? ['daily']).some((text) => parseDays(text)?.includes(day)),
  )
  const [fromMinute, toMinute] = [parseTimeOfDay(from) ?? 0, parseTimeOfDay(to) ?? 1440]
  return {
    type: 'weekly',
    days,
    fromMinute,
    toMinute,
    zone,
    reason: reason ?? weekText(days, fromMinute, toMinute),
  }
}
