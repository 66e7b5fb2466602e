import type { KnownBlock, ModalView } from '@slack/types'

/** Why a call to the chat platform did not succeed, in the terms that decide what happens next. */
export type ChatFailure =
  /** Wait this long; nothing happened. */
  | { readonly type: 'rate_limited'; readonly retryAfterMs: number }
  /** The workspace does not take one of the blocks; send classic blocks instead. */
  | { readonly type: 'invalid_blocks'; readonly detail: string }
  /** The message is gone (deleted by somebody). */
  | { readonly type: 'message_not_found' }
  /** Archived, deleted, or the bot is not a member. `code` is the platform's own. */
  | { readonly type: 'channel_unavailable'; readonly code: string }
  /** The person is not in the channel, has left, or takes no messages from apps. `code` is the platform's own. */
  | { readonly type: 'person_unreachable'; readonly code: string }
  /** The token is wrong, revoked, or lacks a scope (named in `code`). */
  | { readonly type: 'unauthorized'; readonly code: string }
  /** No usable answer: time-out, reset connection, 5xx. `mayHaveHappened` when the request was sent. */
  | { readonly type: 'unavailable'; readonly detail: string; readonly mayHaveHappened: boolean }
  /** Refused for a reason that waiting does not mend. */
  | { readonly type: 'rejected'; readonly code: string }

export type ChatResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ChatFailure }

/** What a message carries so that it can be found again after a crash; goes into Slack's message metadata. */
export interface MessageMark {
  /** Unique for the intent to post, e.g. `card:01J…:1`. */
  readonly id: string
}

export interface OutgoingMessage {
  /** Channel id, `#name` for the first message, or a person's id for a direct message. */
  readonly channel: string
  readonly threadTs?: string
  /** Also show the reply in the channel: one in the thread `threadTs`, or one that is there and was not shown yet. */
  readonly broadcast?: boolean
  /** Notification text, already escaped mrkdwn. */
  readonly text: string
  readonly blocks: readonly KnownBlock[]
  readonly mark: MessageMark
}

export interface PostedMessage {
  /** Channel id as the platform knows it. */
  readonly channel: string
  readonly ts: string
}

export interface ChatUser {
  readonly id: string
  readonly teamId: string
  readonly name: string
  readonly email: string | null
  readonly isGuest: boolean
  readonly isBot: boolean
  readonly isDeactivated: boolean
  readonly timeZone: string | null
}

/** What Sluice needs from Slack. Every method makes at most one attempt: waiting and repeating is the engine's work. */
export interface ChatPlatform {
  postMessage(message: OutgoingMessage): Promise<ChatResult<PostedMessage>>
  updateMessage(message: Omit<OutgoingMessage, 'threadTs'> & { readonly ts: string }): Promise<ChatResult<void>>
  /**
   * Looks for a message of ours by its mark, in the channel or (with `threadTs`) in a thread, not older than `oldestMs`.
   * With a person's id as the channel it looks in the conversation with them, where `directMessage` writes.
   */
  findMessage(query: {
    readonly channel: string
    readonly threadTs?: string
    readonly mark: MessageMark
    readonly oldestMs: number
  }): Promise<ChatResult<PostedMessage | null>>
  postEphemeral(message: {
    readonly channel: string
    readonly threadTs?: string
    readonly user: string
    readonly text: string
    readonly blocks?: readonly KnownBlock[]
  }): Promise<ChatResult<void>>
  permalink(message: PostedMessage): Promise<ChatResult<string>>
  user(id: string): Promise<ChatResult<ChatUser>>
  /** Null when nobody in the workspace has this address. */
  userByEmail(email: string): Promise<ChatResult<ChatUser | null>>
  /** Members of a user group, fresh. `not_found` is `rejected` with Slack's code. */
  groupMembers(groupId: string): Promise<ChatResult<readonly string[]>>
  /** Opens a modal for the press or command that `triggerId` belongs to; it must be used within 3 s. */
  openModal(triggerId: string, view: ModalView): Promise<ChatResult<{ readonly viewId: string }>>
  /** Replaces an open modal. */
  updateModal(viewId: string, view: ModalView): Promise<ChatResult<void>>
  /** Sends a message to one person; works without a channel in common. */
  directMessage(message: {
    readonly user: string
    readonly text: string
    readonly blocks: readonly KnownBlock[]
    readonly mark: MessageMark
  }): Promise<ChatResult<PostedMessage>>
  /**
   * Uploads a picture that an image block can show; nobody sees it until one does. Slack works on it for some seconds
   * more, in which a message with it is refused as `invalid_blocks`. Repeated, it makes another file.
   */
  uploadPicture(picture: {
    /** A file name with its ending. */
    readonly name: string
    readonly title: string
    readonly altText: string
    readonly content: Uint8Array
  }): Promise<ChatResult<{ readonly fileId: string }>>
  publishHome(userId: string, blocks: readonly KnownBlock[]): Promise<ChatResult<void>>
  /** Checks the token; returns the workspace and the bot's own user. */
  identify(): Promise<ChatResult<{ readonly teamId: string; readonly botUserId: string; readonly url: string }>>
}
