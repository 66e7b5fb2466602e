import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freezeAt, nextFreeze, nextFreezeChange } from '../../src/policy/freeze.ts'
import type { FreezeWindow } from '../../src/policy/gate-policy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const utc = (text: string) => Date.parse(`${text}Z`)

const weekend: FreezeWindow = {
  type: 'weekly',
  days: [6, 0],
  fromMinute: 0,
  toMinute: 1440,
  zone: 'Europe/Berlin',
  reason: 'weekend',
}
const fridayAfternoon: FreezeWindow = { ...weekend, days: [5], fromMinute: 16 * 60, reason: 'late on Friday' }

function everyDay(from: string, to: string, zone: string): FreezeWindow {
  const [fromMinute = 0, toMinute = 0] = [from, to].map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)))
  return { type: 'weekly', days: [0, 1, 2, 3, 4, 5, 6], fromMinute, toMinute, zone, reason: 'night' }
}

describe('freezeAt', () => {
  it('is null without windows, before one and from its end on', () => {
    expect(freezeAt([], utc('2026-06-05T12:00'))).toBeNull()
    expect(freezeAt([fridayAfternoon], utc('2026-06-05T13:59:59.999'))).toBeNull()
    expect(freezeAt([fridayAfternoon], utc('2026-06-05T22:00'))).toBeNull()
  })

  it('joins Friday afternoon and the weekend, because nobody can release in between', () => {
    expect(freezeAt([weekend, fridayAfternoon], utc('2026-06-05T14:00'))).toEqual({
      reason: 'late on Friday',
      untilMs: utc('2026-06-07T22:00'),
    })
  })

  it('names the window that lasts longest when several are in force', () => {
    const month: FreezeWindow = {
      type: 'range',
      fromMs: utc('2026-06-01T00:00'),
      toMs: utc('2026-07-01T00:00'),
      reason: 'audit month',
    }
    expect(freezeAt([weekend, month], utc('2026-06-06T12:00'))?.reason).toBe('audit month')
  })

  it('ends on the next day when the end is not after the beginning', () => {
    const night = everyDay('18:00', '08:00', 'UTC')
    expect(freezeAt([night], utc('2026-06-05T07:59'))?.untilMs).toBe(utc('2026-06-05T08:00'))
    expect(freezeAt([night], utc('2026-06-05T08:00'))).toBeNull()
    expect(freezeAt([night], utc('2026-06-05T18:00'))?.untilMs).toBe(utc('2026-06-06T08:00'))
  })

  it('lets a cron window last through real hours, not through those of the clock', () => {
    const window: FreezeWindow = {
      type: 'cron',
      expression: '0 20 * * 6',
      durationMs: 12 * HOUR,
      zone: 'Europe/Berlin',
      reason: 'batch',
    }
    // Clocks go forward in this night.
    expect(freezeAt([window], utc('2026-03-28T20:00'))?.untilMs).toBe(utc('2026-03-29T07:00'))
  })

  it('knows the last Friday of a month and other things that cron can say', () => {
    const window: FreezeWindow = {
      type: 'cron',
      expression: '30 9 * JAN-JUN 5L',
      durationMs: HOUR,
      zone: 'UTC',
      reason: 'closing',
    }
    expect(freezeAt([window], utc('2026-06-26T10:00'))?.untilMs).toBe(utc('2026-06-26T10:30'))
    expect(freezeAt([window], utc('2026-06-19T10:00'))).toBeNull()
    expect(freezeAt([window], utc('2026-07-31T10:00'))).toBeNull()
  })

  it.each<[string, FreezeWindow, string, string]>([
    // Clocks go from 02:00 to 03:00 at 01:00 UTC.
    ['begins after the gap', everyDay('02:30', '05:00', 'Europe/Berlin'), '2026-03-29T01:00', '2026-03-29T03:00'],
    ['ends after the gap', everyDay('01:00', '02:30', 'Europe/Berlin'), '2026-03-29T00:00', '2026-03-29T01:00'],
    // Clocks go from 03:00 back to 02:00 at 01:00 UTC.
    ['begins in the first pass', everyDay('02:30', '05:00', 'Europe/Berlin'), '2026-10-25T00:30', '2026-10-25T04:00'],
    ['ends in the second pass', everyDay('01:00', '02:30', 'Europe/Berlin'), '2026-10-24T23:00', '2026-10-25T01:30'],
    ['ends before the overlap', everyDay('01:00', '02:00', 'Europe/Berlin'), '2026-10-24T23:00', '2026-10-25T00:00'],
    ['ends after the overlap', everyDay('01:00', '03:00', 'Europe/Berlin'), '2026-10-24T23:00', '2026-10-25T02:00'],
    // Midnight is skipped: the day begins at 01:00, which is 03:00 UTC.
    ['a day without midnight', everyDay('00:00', '06:00', 'America/Sao_Paulo'), '2018-11-04T03:00', '2018-11-04T08:00'],
  ])('where clocks are changed: %s', (_, window, from, until) => {
    expect(freezeAt([window], utc(from) - MINUTE)).toBeNull()
    expect(freezeAt([window], utc(from))?.untilMs).toBe(utc(until))
    expect(freezeAt([window], utc(until) - 1)?.untilMs).toBe(utc(until))
    expect(freezeAt([window], utc(until))).toBeNull()
  })

  it('is not in force when all of it is skipped, be it an hour or the day that Samoa left out', () => {
    expect(freezeAt([everyDay('02:00', '03:00', 'Europe/Berlin')], utc('2026-03-29T01:00'))).toBeNull()
    const friday: FreezeWindow = { ...weekend, days: [5], zone: 'Pacific/Apia' }
    expect(freezeAt([friday], utc('2011-12-30T10:00'))).toBeNull()
    expect(freezeAt([friday], utc('2011-12-30T09:59'))).toBeNull()
  })

  it('does not look for the end of what never ends', () => {
    const at = utc('2026-06-05T12:00')
    const always: readonly FreezeWindow[] = [
      everyDay('00:00', '24:00', 'Europe/Berlin'),
      { type: 'cron', expression: '* * * * *', durationMs: MINUTE, zone: 'America/New_York', reason: 'always' },
    ]
    for (const window of always) expect(freezeAt([window], at)?.untilMs).toBeGreaterThanOrEqual(at + 366 * DAY)
  })
})

describe('nextFreeze', () => {
  it('says when the next one begins, and when it will be over', () => {
    expect(nextFreeze([weekend, fridayAfternoon], utc('2026-06-03T12:00'), 7 * DAY)).toEqual({
      reason: 'late on Friday',
      fromMs: utc('2026-06-05T14:00'),
      untilMs: utc('2026-06-07T22:00'),
    })
  })

  it('looks past the one that is in force', () => {
    expect(nextFreeze([weekend, fridayAfternoon], utc('2026-06-06T12:00'), 7 * DAY)?.fromMs).toBe(
      utc('2026-06-12T14:00'),
    )
  })

  it('looks no further than it is asked to', () => {
    const at = utc('2026-06-05T13:00')
    expect(nextFreeze([fridayAfternoon], at, HOUR - 1)).toBeNull()
    expect(nextFreeze([fridayAfternoon], at, HOUR)?.fromMs).toBe(at + HOUR)
    expect(nextFreeze([], at, HOUR)).toBeNull()
  })
})

/** Stretches of 20 days, most with a change of clocks in their middle. */
const stretches = [
  { zone: 'Europe/Berlin', around: '2026-03-29' },
  { zone: 'Europe/Berlin', around: '2026-10-25' },
  { zone: 'America/New_York', around: '2026-03-08' },
  { zone: 'America/New_York', around: '2026-11-01' },
  // Back from 24:00 to 23:00, from 01:00 to 00:00, by half an hour, over midnight; a day left out; none at all.
  { zone: 'America/Santiago', around: '2026-04-05' },
  { zone: 'Atlantic/Azores', around: '2026-10-25' },
  { zone: 'Australia/Lord_Howe', around: '2026-04-05' },
  { zone: 'Australia/Lord_Howe', around: '2026-10-04' },
  { zone: 'America/Sao_Paulo', around: '2018-11-04' },
  { zone: 'Pacific/Apia', around: '2011-12-30' },
  { zone: 'Asia/Kathmandu', around: '2026-05-05' },
].map(({ zone, around }) => {
  const startMs = utc(`${around}T00:00`) - 10 * DAY
  // The Swedish way to write a date is the ISO one.
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const walls = Array.from({ length: 20 * 1440 }, (_, minute) =>
    utc(clock.format(startMs + minute * MINUTE).replace(' ', 'T')),
  )
  return { zone, startMs, walls }
})
type Stretch = (typeof stretches)[number]

/** A window, and the same said in a way that needs no parser: which minutes of the clock it begins at. */
interface Case {
  readonly window: FreezeWindow
  readonly fires: ((wall: Date) => boolean) | null
}

const time = fc.oneof(
  fc.integer({ min: 0, max: 1440 }),
  fc.integer({ min: 0, max: 16 }).map((n) => n * 15),
)
const someOf = (max: number, most: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: most })

function caseIn({ zone, startMs }: Stretch): fc.Arbitrary<Case> {
  const weekly = fc
    .record({ days: someOf(6, 7), fromMinute: time.map((minute) => minute % 1440), toMinute: time })
    .map((times): Case => ({ window: { type: 'weekly', ...times, zone, reason: 'weekly' }, fires: null }))
  const cron = fc
    .record({
      minutes: someOf(59, 3),
      hours: fc.option(someOf(5, 3)),
      days: fc.option(someOf(6, 3)),
      length: fc.integer({ min: 1, max: 3000 }),
    })
    .map(({ minutes, hours, days, length }): Case => {
      const expression = `${minutes.join()} ${hours?.join() ?? '*'} * * ${days?.join() ?? '*'}`
      const fires = (wall: Date) =>
        minutes.includes(wall.getUTCMinutes()) &&
        (hours?.includes(wall.getUTCHours()) ?? true) &&
        (days?.includes(wall.getUTCDay()) ?? true)
      return { window: { type: 'cron', expression, durationMs: length * MINUTE, zone, reason: 'cron' }, fires }
    })
  const range = fc
    .record({ from: fc.integer({ min: 0, max: 20 * 1440 }), length: fc.integer({ min: 1, max: 3000 }) })
    .map(({ from, length }): Case => {
      const fromMs = startMs + from * MINUTE
      return { window: { type: 'range', fromMs, toMs: fromMs + length * MINUTE, reason: 'range' }, fires: null }
    })
  return fc.oneof({ arbitrary: weekly, weight: 3 }, { arbitrary: cron, weight: 2 }, range)
}

/** Goes through all minutes and notes which are frozen. */
function bruteForce({ window, fires }: Case, { startMs, walls }: Stretch): Uint8Array {
  const frozen = new Uint8Array(walls.length)
  if (window.type === 'range') {
    const from = (window.fromMs - startMs) / MINUTE
    return frozen.fill(1, from, from + (window.toMs - window.fromMs) / MINUTE)
  }
  if (window.type === 'cron') {
    for (const [minute, wall] of walls.entries()) {
      // The clock may have jumped to this minute: then those that it skipped count too.
      const first = Math.min(wall, (walls[minute - 1] ?? wall) + MINUTE)
      for (let shown = first; shown <= wall; shown += MINUTE) {
        if (fires?.(new Date(shown)) ?? false) frozen.fill(1, minute, minute + window.durationMs / MINUTE)
      }
    }
    return frozen
  }
  const length = window.toMinute - window.fromMinute + (window.toMinute > window.fromMinute ? 0 : 1440)
  const firstDay = Math.floor((walls[0] ?? 0) / DAY) - 2
  for (let day = firstDay; day < firstDay + 26; day += 1) {
    if (!window.days.includes(new Date(day * DAY).getUTCDay())) continue
    const begin = day * DAY + window.fromMinute * MINUTE
    const isInside = (wall: number) => begin <= wall && wall < begin + length * MINUTE
    const first = walls.findIndex(isInside)
    if (first >= 0) frozen.fill(1, first, walls.findLastIndex(isInside) + 1)
  }
  return frozen
}

describe('against going through every minute', () => {
  it.each(
    stretches.map(
      (stretch) =>
        [`${stretch.zone} ${new Date(stretch.startMs + 10 * DAY).toISOString().slice(0, 10)}`, stretch] as const,
    ),
  )('%s', (_, stretch) => {
    const anyCase = fc.record({
      cases: fc.array(caseIn(stretch), { minLength: 1, maxLength: 3 }),
      // From the third to the eighteenth day: what begins or ends outside of the stretch is not known to the loop.
      minutes: fc.array(
        fc.oneof(fc.integer({ min: 3 * 1440, max: 17 * 1440 }), fc.integer({ min: 9.5 * 1440, max: 11.5 * 1440 })),
        { minLength: 1, maxLength: 20 },
      ),
    })
    fc.assert(
      fc.property(anyCase, ({ cases, minutes }) => {
        const each = cases.map((one) => bruteForce(one, stretch))
        const isFrozen = (minute: number) => each.some((frozen) => frozen[minute] === 1)
        const windows = cases.map(({ window }) => window)
        for (const minute of minutes) {
          const at = stretch.startMs + minute * MINUTE
          const freeze = freezeAt(windows, at)
          expect(freeze !== null).toBe(isFrozen(minute))
          let end = minute
          while (end < stretch.walls.length && isFrozen(end)) end += 1
          const endMs = stretch.startMs + end * MINUTE
          if (freeze !== null && end < stretch.walls.length - 3 * 1440) expect(freeze.untilMs).toBe(endMs)
          else if (freeze !== null) expect(freeze.untilMs).toBeGreaterThanOrEqual(stretch.startMs + 17 * DAY)

          let begin = end
          while (begin < stretch.walls.length && (!isFrozen(begin) || begin === minute)) begin += 1
          const withinMs = 2 * DAY
          const next = nextFreeze(windows, at, withinMs)
          const beginMs = stretch.startMs + begin * MINUTE
          if (end < 17 * 1440) expect(next?.fromMs ?? null).toBe(beginMs <= at + withinMs ? beginMs : null)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('nextFreezeChange', () => {
  const friday = utc('2026-06-05T13:30')

  it('is the beginning of the next window, and then its end', () => {
    expect(nextFreezeChange([fridayAfternoon], friday, HOUR)).toBe(utc('2026-06-05T14:00'))
    expect(nextFreezeChange([fridayAfternoon], utc('2026-06-05T14:00'), DAY)).toBe(utc('2026-06-05T22:00'))
  })

  it('is null when nothing begins or ends for so long', () => {
    expect(nextFreezeChange([], friday, DAY)).toBeNull()
    expect(nextFreezeChange([fridayAfternoon], friday, 29 * MINUTE)).toBeNull()
    expect(nextFreezeChange([fridayAfternoon], utc('2026-06-05T22:00'), DAY)).toBeNull()
  })

  it('is also where another window takes part, because the card names the one that lasts longest', () => {
    expect(nextFreezeChange([fridayAfternoon, weekend], utc('2026-06-05T15:00'), DAY)).toBe(utc('2026-06-05T22:00'))
  })

  it('leaves out no moment at which something is frozen that was not, or the other way round', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 14 * 24 * 60 }), fc.integer({ min: 1, max: 600 }), (start, minutes) => {
        const at = utc('2026-06-01T00:00') + start * MINUTE
        const windows = [fridayAfternoon, everyDay('18:00', '08:00', 'Europe/Berlin')]
        const change = nextFreezeChange(windows, at, minutes * MINUTE)
        const end = change ?? at + minutes * MINUTE
        const isFrozen = freezeAt(windows, at) !== null
        for (let moment = at; moment < end; moment += MINUTE) {
          expect(freezeAt(windows, moment) !== null).toBe(isFrozen)
        }
      }),
      { numRuns: 50 },
    )
  })
})
