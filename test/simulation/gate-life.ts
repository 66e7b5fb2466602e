/**
 * One process's life: everything that the engine does to the world outside goes through it, so that the process can die
 * between any two things: before or after a transaction, before or after a call. What is dead does nothing more.
 */
import type { Clock } from '../../src/engine/clock.ts'
import type { Store } from '../../src/store/open-store.ts'

export interface Fuse {
  readonly on: 'transaction' | 'call'
  /** Dies at the one with this number, counted from 1. */
  readonly number: number
  readonly when: 'before' | 'after'
}

export interface Life {
  readonly isDead: () => boolean
  readonly death: Promise<void>
  light(fuse: Fuse): void
  die(): void
  clock(clock: Clock): Clock
  store(store: Store, onCommit: () => void): Store
  /** Makes a call, and gives its result to the engine if that still lives. */
  call<T>(make: () => Promise<T>): Promise<T>
}

export function createLife(): Life {
  let dead = false
  let fuse: { readonly on: Fuse['on']; left: number; readonly when: Fuse['when'] } | null = null
  const { promise: death, resolve: die } = Promise.withResolvers<void>()
  const never = <T>() => new Promise<T>(() => {})
  const end = () => {
    dead = true
    die()
  }

  async function guarded<T>(on: Fuse['on'], work: () => Promise<T>): Promise<T> {
    if (dead) return await never()
    let diesAfter = false
    if (fuse?.on === on) {
      fuse.left -= 1
      if (fuse.left === 0) {
        if (fuse.when === 'before') {
          end()
          return await never()
        }
        diesAfter = true
      }
    }
    try {
      return await work()
    } finally {
      if (diesAfter) end()
      // biome-ignore lint/correctness/noUnsafeFinally: nobody is there any more to be told, be it a result or an error
      if (dead) return await never<T>()
    }
  }

  return {
    isDead: () => dead,
    death,
    light({ on, number, when }) {
      fuse = { on, left: number, when }
    },
    die: end,
    clock: (clock) => ({
      now: clock.now,
      after: (ms, callback) =>
        clock.after(ms, () => {
          if (!dead) callback()
        }),
    }),
    store: (store, onCommit) => {
      const guardedBy =
        (transaction: Store['transaction']): Store['transaction'] =>
        (work) =>
          guarded('transaction', async () => {
            const result = await transaction(work)
            onCommit()
            return result
          })
      return {
        ...store,
        transaction: guardedBy(store.transaction),
        relaxedTransaction: guardedBy(store.relaxedTransaction),
      }
    },
    call: (make) => guarded('call', make),
  }
}
