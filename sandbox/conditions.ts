/** Tests wait for what a simulated service sees, without asking again and again. */
export interface Conditions {
  /** Something changed: whoever waits looks again. */
  changed(): void
  /**
   * @param what - of the error when it has not come in time
   * @param timeoutMs - 10,000 when left out
   */
  until(condition: () => boolean, what: string, timeoutMs?: number): Promise<void>
}

export function createConditions(): Conditions {
  const waiting = new Set<() => void>()
  return {
    changed() {
      for (const look of waiting) look()
    },
    until: (condition, what, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer)
          waiting.delete(look)
        }
        const look = () => {
          if (!condition()) return
          end()
          resolve()
        }
        const timer = setTimeout(() => {
          end()
          reject(new Error(`${what} has not come in ${timeoutMs} ms`))
        }, timeoutMs)
        waiting.add(look)
        look()
      }),
  }
}
