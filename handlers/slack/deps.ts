import type { Logger } from 'pino'
import type { Clock } from '../../src/engine/clock.ts'
import type { Engine } from '../../src/engine/engine.ts'

export interface SlackHandlerDeps {
  readonly engine: Pick<Engine, 'submit'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}
