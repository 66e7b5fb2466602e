import type { Logger } from 'pino'
import type { ChatPlatform } from '../../src/engine/chat-platform.ts'
import type { Clock } from '../../src/engine/clock.ts'
import type { Engine } from '../../src/engine/engine.ts'

export interface SlackHandlerDeps {
  readonly engine: Pick<Engine, 'submit' | 'desk'>
  readonly chat: Pick<ChatPlatform, 'openModal' | 'updateModal' | 'directMessage'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}
