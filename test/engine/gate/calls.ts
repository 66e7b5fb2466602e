/** Calls of a release as the outbox makes them: kept in the store, tried again, and lost in a crash. */
import { pino } from 'pino'
import type { EffectType } from '../../../src/engine/effects.ts'
import { createOutboxWorker, type OutboxWorker } from '../../../src/engine/outbox-worker.ts'
import type { EffectOutcome } from '../../../src/engine/perform.ts'
import type { PerformContext } from '../../../src/engine/perform-context.ts'
import type { Release } from '../../../src/release/release.ts'
import { addEffect, listEffects, type OutboxEffect } from '../../../src/store/outbox.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import type { FakeClock } from '../fake-clock.ts'

export interface Calls {
  /** Puts a call into the outbox and lets it be tried for the first time. */
  add(type: EffectType, body: unknown): Promise<void>
  /** Moves time on and lets all that is due happen. */
  run(ms: number): Promise<void>
  /** The process dies in the next attempt, before or after it has spoken to the service, and another one takes over. */
  dieOnce(when: 'before' | 'after'): void
  /** What the calls came to, oldest first. */
  events(): Promise<readonly { readonly type: string; readonly body: unknown }[]>
  /** What is still to be done. */
  waiting(): Promise<readonly OutboxEffect[]>
  save(release: Release): Promise<void>
}

export function callsOf(
  { context, clock }: { readonly context: PerformContext; readonly clock: FakeClock },
  perform: (effect: OutboxEffect, body: never, context: PerformContext) => Promise<EffectOutcome>,
): Calls {
  const { store } = context
  let underWay = 0
  let death: 'before' | 'after' | null = null
  let worker: OutboxWorker
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 6; ) {
      await new Promise((resolve) => setImmediate(resolve))
      quiet = underWay === 0 ? quiet + 1 : 0
    }
  }
  const attempt = async (effect: OutboxEffect): Promise<EffectOutcome> => {
    const diesNow = death
    death = null
    if (diesNow === 'before') return await died()
    underWay += 1
    // The body was put in with the type beside it.
    const outcome = await perform(effect, JSON.parse(effect.body) as never, context).finally(() => {
      underWay -= 1
    })
    return diesNow === 'after' ? await died() : outcome
  }
  /** What the dead process has under way never ends. */
  function died(): Promise<never> {
    void worker.stop()
    worker = start()
    worker.wake()
    return new Promise(() => {})
  }
  function start(): OutboxWorker {
    return createOutboxWorker({
      lanes: 'usual',
      store,
      clock,
      log: pino({ level: 'silent' }),
      random: () => 0.5,
      perform: attempt,
      asksOnly: () => false,
      onEvent() {},
      onDead() {},
    })
  }
  worker = start()
  let added = 0
  return {
    async add(type, body) {
      added += 1
      const id = `call:${added}`
      await store.transaction((tx) => addEffect(tx, { id, lane: 'release', type, body, at: clock.now() }))
      worker.wake()
      await settled()
    },
    run: (ms) => clock.advance(ms, settled),
    dieOnce(when) {
      death = when
    },
    async events() {
      const rows = await store.db.selectFrom('inbox').select(['type', 'body']).orderBy('seq').execute()
      return rows.map(({ type, body }) => ({ type, body: JSON.parse(body) as unknown }))
    },
    waiting: () => listEffects(store.db, { states: ['queued', 'dead'], limit: 10 }),
    save: (release) => store.transaction((tx) => saveRelease(tx, release, clock.now(), true)),
  }
}
