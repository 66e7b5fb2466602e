import type { Clock } from './clock.ts'
import type { Engine } from './engine.ts'

/** The command line is another process, whose decisions reach the cards within seconds. In ms. */
const lookEveryMs = 2_000

/**
 * Looks into the inbox every two seconds, which is one read of an index that is empty as a rule.
 *
 * @returns ends it
 */
export function watchInbox(engine: Pick<Engine, 'lookAround'>, clock: Pick<Clock, 'after'>): () => void {
  let cancel = clock.after(lookEveryMs, look)
  function look(): void {
    engine.lookAround()
    cancel = clock.after(lookEveryMs, look)
  }
  return () => cancel()
}
