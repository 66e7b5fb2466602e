import type { Clock } from './clock.ts'
import type { Tier } from './method.ts'

/**
 * Slack's limits as its documentation describes them (https://docs.slack.dev/apis/web-api/rate-limits): a tier gives
 * each method so many calls a minute for an app in a workspace, and posting is about one message a second in a
 * channel with short bursts. Slack does not publish its algorithm; these are token buckets.
 */
export interface RateLimits {
  /** Seconds to wait (at least 1, whole) when the call is over a limit, otherwise null and the call is counted. */
  take(method: string, tier: Tier, channel: string | null): number | null
  isOn: boolean
}

interface Bucket {
  tokens: number
  filledAt: number
}

interface Rate {
  readonly perMinute: number
  readonly burst: number
}

const rates: Readonly<Record<Tier, Rate>> = {
  tier1: { perMinute: 1, burst: 5 },
  tier2: { perMinute: 20, burst: 20 },
  tier3: { perMinute: 50, burst: 50 },
  tier4: { perMinute: 100, burst: 100 },
  special: { perMinute: 600, burst: 600 },
  // Several hundred a minute in the workspace; the channel's own limit comes on top.
  posting: { perMinute: 300, burst: 300 },
}

const postingInOneChannel: Rate = { perMinute: 60, burst: 4 }

export function createRateLimits(clock: Clock, isOn: boolean): RateLimits {
  const buckets = new Map<string, Bucket>()

  const waitMs = (key: string, rate: Rate): number => {
    const now = clock.now()
    const bucket = buckets.get(key) ?? { tokens: rate.burst, filledAt: now }
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.filledAt) * rate.perMinute) / 60_000)
    bucket.filledAt = now
    buckets.set(key, bucket)
    return bucket.tokens >= 1 ? 0 : ((1 - bucket.tokens) * 60_000) / rate.perMinute
  }

  const limits: RateLimits = {
    isOn,
    take(method, tier, channel) {
      if (!limits.isOn) return null
      const keys: [string, Rate][] = [[method, rates[tier]]]
      if (tier === 'posting' && channel !== null) keys.push([`${method} ${channel}`, postingInOneChannel])
      const longestMs = Math.max(...keys.map(([key, rate]) => waitMs(key, rate)))
      if (longestMs > 0) return Math.max(1, Math.ceil(longestMs / 1000))
      for (const [key] of keys) {
        const bucket = buckets.get(key)
        if (bucket !== undefined) bucket.tokens -= 1
      }
      return null
    },
  }
  return limits
}
