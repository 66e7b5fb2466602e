import { z } from 'zod'
import { defineEvent } from './event-handler.ts'

/** `ping`: GitHub tries a new webhook. */
export const ping = defineEvent(
  'ping',
  z.object({ hook_id: z.number().nullish(), zen: z.string().nullish() }),
  () => [],
)
