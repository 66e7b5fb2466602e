import type { ChatPlatform } from '../engine/chat-platform.ts'
import type { Clock } from '../engine/clock.ts'

/** What /readyz answers. `degraded` still takes traffic: turning webhooks away would make nothing better. */
export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'not_ready'
  readonly checks: {
    readonly store: string
    readonly slack: string
    readonly integrity: string
    readonly dead_letters: number
  }
}

export interface Health {
  readiness(): Promise<Readiness>
  /** What the check of the store's file found; null when it is sound. */
  setIntegrity(finding: string | null): void
  isStoreSound(): boolean
}

/** A good token is asked about again after a minute, a bad one after ten seconds. */
const goodForMs = 60_000
const badForMs = 10_000

export function createHealth(deps: {
  readonly clock: Pick<Clock, 'now'>
  readonly chat: Pick<ChatPlatform, 'identify'>
  /** Writes to the store; rejects when it cannot. */
  readonly heartbeat: () => Promise<void>
  readonly deadLetters: () => Promise<number>
}): Health {
  const { clock, chat, heartbeat, deadLetters } = deps
  let slack: { readonly at: number; readonly isGood: boolean; readonly says: string } | null = null
  let integrity: string | null = 'not checked yet'
  let isStoreSound = true

  async function slackState() {
    const now = clock.now()
    if (slack !== null && Math.abs(now - slack.at) < (slack.isGood ? goodForMs : badForMs)) return slack
    const identity = await chat.identify()
    const says = identity.ok ? 'ok' : describe(identity.failure)
    slack = { at: now, isGood: identity.ok, says }
    return slack
  }

  async function storeState(): Promise<string> {
    try {
      await heartbeat()
      return 'ok'
    } catch (error) {
      return `cannot be written: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  return {
    async readiness() {
      const [store, token] = await Promise.all([storeState(), slackState()])
      const dead = store === 'ok' ? await deadLetters() : 0
      const isReady = store === 'ok' && token.isGood
      const isDegraded = !isStoreSound || dead > 0
      return {
        status: isReady ? (isDegraded ? 'degraded' : 'ready') : 'not_ready',
        checks: { store, slack: token.says, integrity: integrity ?? 'ok', dead_letters: dead },
      }
    },
    setIntegrity(finding) {
      integrity = finding
      isStoreSound = finding === null
    },
    isStoreSound: () => isStoreSound,
  }
}

function describe(failure: { readonly type: string; readonly code?: string; readonly detail?: string }): string {
  return [failure.type, failure.code ?? failure.detail].filter(Boolean).join(': ')
}
