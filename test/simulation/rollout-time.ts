/** Time in the simulation of rollouts: what is due is done in order, and what a dead process meant to do is not done. */

interface Task {
  readonly at: number
  /** Of the process that it is a part of; null for what the world does. */
  readonly life: number | null
  readonly run: () => void
}

export class SimulatedTime {
  /** Of the process that lives now. */
  life = 1
  /** Passes whatever the clock says, in ms. */
  elapsed = 0
  private shift: number
  private readonly tasks: Task[] = []

  constructor(startMs: number) {
    this.shift = startMs
  }

  /** What the clock on the wall says, UTC milliseconds. */
  now(): number {
    return this.shift + this.elapsed
  }

  setClock(byMs: number): void {
    this.shift += byMs
  }

  /**
   * @param ms - from now
   * @param life - of the process that does it, if that still lives then; null for what happens outside
   */
  after(ms: number, life: number | null, run: () => void): void {
    this.add({ at: this.elapsed + ms, life, run })
  }

  pass(ms: number): void {
    const end = this.elapsed + ms
    for (let next = this.tasks.at(-1); next !== undefined && next.at <= end; next = this.tasks.at(-1)) {
      this.tasks.pop()
      this.elapsed = Math.max(this.elapsed, next.at)
      if (next.life === null || next.life === this.life) next.run()
    }
    this.elapsed = end
  }

  /** The next one is last; of those at the same time the oldest comes first. */
  private add(task: Task): void {
    let place = this.tasks.length
    while (place > 0 && (this.tasks[place - 1]?.at ?? 0) <= task.at) place -= 1
    this.tasks.splice(place, 0, task)
  }
}
