/**
 * Deliveries go first. GitHub waits ten seconds for an answer and does not send again what it did not get rid of, while a
 * card can wait a moment: so while more deliveries pour in than could be handled anyway, handling steps aside. But not for
 * long: after two seconds the two take turns, however many come.
 */
import type { Clock } from './clock.ts'

export interface StepAside {
  /** A delivery came in. */
  noteArrival(): void
  /** Resolves when handling may begin or go on: at once unless deliveries pour in. One at a time may ask. */
  turn(): Promise<void>
  /** Lets go of whoever waits; nobody waits after. */
  stop(): void
}

/**
 * Deliveries pour in when so many came within so many ms: more than jobs that start together bring, and long enough that
 * a hiccup of the network is not taken for the end.
 */
const pouringCount = 16
const pouringMs = 100
/** For so long handling steps aside, in ms. */
export const longestAsideMs = 2000
/** While they take turns, handling pauses for so long after each slice, in ms. */
const pauseMs = 8
const lookEveryMs = 10

export function createStepAside(clock: Clock): StepAside {
  /** When the last few came, as a ring. */
  const arrivals: number[] = new Array<number>(pouringCount).fill(Number.NEGATIVE_INFINITY)
  let next = 0
  /** Whether handling has stepped aside for its two seconds, and deliveries have not ceased to pour in since. */
  let isOverdue = false
  let isStopped = false
  let letGo: (() => void) | null = null

  function isPouring(): boolean {
    // A clock that was set makes it look as if none came, and never as if they did not cease.
    const passedMs = clock.now() - (arrivals[next] ?? Number.NEGATIVE_INFINITY)
    return passedMs >= 0 && passedMs < pouringMs
  }

  function wait(ms: number): Promise<void> {
    if (isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve)
      letGo = () => {
        cancel()
        resolve()
      }
    })
  }

  async function untilOver(): Promise<void> {
    for (let waitedMs = 0; isPouring() && !isStopped; waitedMs += lookEveryMs) {
      if (waitedMs >= longestAsideMs) {
        isOverdue = true
        return
      }
      await wait(lookEveryMs)
    }
    isOverdue = false
  }

  return {
    noteArrival() {
      arrivals[next] = clock.now()
      next = (next + 1) % pouringCount
    },
    async turn() {
      if (!isPouring()) {
        isOverdue = false
        return
      }
      if (isOverdue) await wait(pauseMs)
      else await untilOver()
    },
    stop() {
      isStopped = true
      letGo?.()
    },
  }
}
