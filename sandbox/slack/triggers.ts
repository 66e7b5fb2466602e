import { type Refusal, refuse } from './method.ts'
import { newId, type Trigger } from './state.ts'
import type { World } from './world.ts'

/** A trigger is good for three seconds, and once. */
const triggerLifeMs = 3_000

/** A new `trigger_id` for what a person has just done. */
export function issueTrigger(world: World, user: string, viewId: string | null = null): string {
  const id = `${world.clock.now()}.${newId(world.state, '', 12)}`
  world.state.triggers[id] = { user, expiresAt: world.clock.now() + triggerLifeMs, viewId, isUsed: false }
  return id
}

/** Uses a trigger up, or says why it cannot be used. */
export function takeTrigger(world: World, id: string): { readonly ok: true; readonly trigger: Trigger } | Refusal {
  const trigger = world.state.triggers[id]
  if (trigger === undefined) {
    return refuse('invalid_arguments', { response_metadata: { messages: ['invalid `trigger_id`'] } })
  }
  if (trigger.isUsed) return refuse('exchanged_trigger_id')
  if (world.clock.now() > trigger.expiresAt) return refuse('expired_trigger_id')
  trigger.isUsed = true
  return { ok: true, trigger }
}
