/** What people do at a gate, as it is written into the inbox: who and where as the client said, and what they want. */
import type { RefInput } from '../../grammar/deploy-command.ts'
import type { Strategy } from '../../policy/gate-policy.ts'
import type { Client, Release } from '../../release/release.ts'

/** `messageTs` of a press on what only this person sees, drawn for them and not to be forwarded. */
export const shownToThem = 'ephemeral'

/** Somebody's act before anybody has asked who they are. */
export interface RawPress {
  /** Unique for the press. */
  readonly id: string
  readonly client: Client
  /** Slack user id; for `github` the login, for `cli` the name of the account on the machine. */
  readonly userId: string
  readonly teamId: string
  /** Where the answer goes: the channel and, for a press in one, the thread. Null: a direct message. */
  readonly channelId: string | null
  readonly threadTs: string | null
  /** The message that the button is on, also for a form that it opened; null for commands and other clients. */
  readonly messageTs: string | null
  readonly at: number
}

/** A request for a release, as typed, picked or told by GitHub. */
export interface ReleaseAsk {
  readonly repository: string
  readonly environment: string
  readonly strategy: Strategy | null
  readonly ref: RefInput | null
  readonly note: string | null
  readonly rule: Release['rule']
}

/** What the card said that was pressed; null from the command line. */
export type Seen = { readonly generation: number; readonly planDigest: string } | null

interface OnRelease {
  readonly releaseId: string
  readonly seen: Seen
}

/** Of a rollout's card when it was pressed; null from the command line. */
export type SeenRollout = { readonly generation: number; readonly step: number } | null

/** Acts on the rollout of a release. */
export type RolloutAct = { readonly releaseId: string; readonly seen: SeenRollout } & (
  | { readonly type: 'hold'; readonly why: string }
  | { readonly type: 'resume' | 'advance' | 'promote' | 'adopt' | 'restore' | 'approve_step' | 'done_by_hand' }
  | { readonly type: 'roll_back'; readonly why: string | null }
  | { readonly type: 'extend'; readonly ms: number }
)

interface OnEnvironment {
  readonly repository: string
  readonly environment: string
}

/** Acts on one release. */
export type ReleaseAct = OnRelease &
  (
    | { readonly type: 'approve'; readonly comment: string | null }
    | { readonly type: 'reject'; readonly why: string }
    | { readonly type: 'withdraw' }
    | { readonly type: 'cancel'; readonly why: string | null }
    | { readonly type: 'break_glass'; readonly why: string }
    | { readonly type: 'refresh' }
  )

/** Acts on an environment. */
export type EnvironmentAct = OnEnvironment &
  (
    | {
        readonly type: 'lock'
        readonly why: string
        readonly forMs: number | null
        /** Whether somebody else's lock is taken over. */
        readonly takesOver: boolean
      }
    | { readonly type: 'unlock' }
    | { readonly type: 'freeze'; readonly why: string; readonly forMs: number }
    | { readonly type: 'unfreeze' }
    | { readonly type: 'sign_off'; readonly releaseId: string }
  )

export type GateAct = ReleaseAct | RolloutAct | EnvironmentAct

export function isReleaseAct(act: GateAct): act is ReleaseAct {
  switch (act.type) {
    case 'approve':
    case 'reject':
    case 'withdraw':
    case 'cancel':
    case 'break_glass':
    case 'refresh':
      return true
    default:
      return false
  }
}

export function isRolloutAct(act: GateAct): act is RolloutAct {
  switch (act.type) {
    case 'hold':
    case 'resume':
    case 'advance':
    case 'promote':
    case 'roll_back':
    case 'extend':
    case 'adopt':
    case 'restore':
    case 'approve_step':
    case 'done_by_hand':
      return true
    default:
      return false
  }
}
