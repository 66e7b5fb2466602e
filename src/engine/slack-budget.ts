import type { Clock } from './clock.ts'

/** The calls that Slack counts separately: `chat.postMessage` for each channel, `chat.update` for the workspace. */
export type BudgetedCall = 'post' | 'update'

/**
 * Sluice's own brake, shared by all cards and threads, set a little under Slack's limits (chat.postMessage about one
 * a second a channel, chat.update about 50 a minute a workspace; https://docs.slack.dev/apis/web-api/rate-limits), so that
 * Slack seldom has to pull its own. What Slack says with `Retry-After` always wins.
 */
export interface SlackBudget {
  /** Takes one call if it may be made now; otherwise says how many milliseconds to wait and takes nothing. */
  take(call: BudgetedCall, channel: string): { readonly ok: true } | { readonly ok: false; readonly waitMs: number }
  /** How many milliseconds such a call would have to wait now; takes nothing. */
  waitMs(call: BudgetedCall, channel: string): number
  /** A channel that was only known by `#name` has this id: both share one allowance from now on. */
  sameChannel(name: string, id: string): void
  /** Slack answered 429: no such call for this long (posts: in this channel; updates: anywhere). */
  penalize(call: BudgetedCall, channel: string, retryAfterMs: number): void
}

interface Bucket {
  tokens: number
  refilledAt: number
  blockedUntil: number
  /** How long Slack asked for, in ms: a clock that is set back does not make it longer. */
  blockedForMs: number
}

interface Limit {
  readonly burst: number
  readonly perSecond: number
}

export interface BudgetLimits {
  readonly postsPerChannel: Limit
  readonly updatesPerChannel: Limit
  readonly updatesPerWorkspace: Limit
}

export const slackLimits: BudgetLimits = {
  postsPerChannel: { burst: 4, perSecond: 1 },
  updatesPerChannel: { burst: 20, perSecond: 0.8 },
  updatesPerWorkspace: { burst: 25, perSecond: 0.8 },
}

export function createSlackBudget(clock: Pick<Clock, 'now'>, limits: BudgetLimits = slackLimits): SlackBudget {
  const buckets = new Map<string, Bucket>()
  const ids = new Map<string, string>()

  function bucketOf(key: string, limit: Limit): Bucket {
    const now = clock.now()
    let bucket = buckets.get(key)
    if (bucket === undefined) {
      bucket = { tokens: limit.burst, refilledAt: now, blockedUntil: 0, blockedForMs: 0 }
      buckets.set(key, bucket)
      return bucket
    }
    // A clock that was set back gives nothing and takes nothing.
    const elapsedSeconds = Math.max(0, now - bucket.refilledAt) / 1000
    bucket.tokens = Math.min(limit.burst, bucket.tokens + elapsedSeconds * limit.perSecond)
    bucket.refilledAt = now
    return bucket
  }

  function waitOf(bucket: Bucket, limit: Limit): number {
    const now = clock.now()
    bucket.blockedUntil = Math.min(bucket.blockedUntil, now + bucket.blockedForMs)
    const untilUnblocked = bucket.blockedUntil - now
    const untilToken = bucket.tokens >= 1 ? 0 : ((1 - bucket.tokens) / limit.perSecond) * 1000
    return Math.max(0, untilUnblocked, Math.ceil(untilToken))
  }

  function bucketsFor(call: BudgetedCall, nameOrId: string): readonly (readonly [Bucket, Limit])[] {
    const channel = ids.get(nameOrId) ?? nameOrId
    if (call === 'post') {
      return [[bucketOf(`post ${channel}`, limits.postsPerChannel), limits.postsPerChannel]]
    }
    return [
      [bucketOf(`update ${channel}`, limits.updatesPerChannel), limits.updatesPerChannel],
      [bucketOf('update', limits.updatesPerWorkspace), limits.updatesPerWorkspace],
    ]
  }

  const longestWait = (needed: readonly (readonly [Bucket, Limit])[]): number =>
    Math.max(...needed.map(([bucket, limit]) => waitOf(bucket, limit)))

  return {
    waitMs: (call, channel) => longestWait(bucketsFor(call, channel)),
    take(call, channel) {
      const needed = bucketsFor(call, channel)
      const waitMs = longestWait(needed)
      if (waitMs > 0) return { ok: false, waitMs }
      for (const [bucket] of needed) bucket.tokens -= 1
      return { ok: true }
    },
    penalize(call, channel, retryAfterMs) {
      const last = bucketsFor(call, channel).at(-1)
      if (last === undefined) return
      const [bucket, limit] = last
      if (retryAfterMs <= waitOf(bucket, limit)) return
      bucket.blockedUntil = clock.now() + retryAfterMs
      bucket.blockedForMs = retryAfterMs
    },
    sameChannel(name, id) {
      if (name === id || ids.get(name) === id) return
      ids.set(name, id)
      for (const call of ['post', 'update']) {
        const bucket = buckets.get(`${call} ${name}`)
        if (bucket !== undefined && !buckets.has(`${call} ${id}`)) buckets.set(`${call} ${id}`, bucket)
        buckets.delete(`${call} ${name}`)
      }
    },
  }
}
