/** Makes the acts of a history happen to the real engine, and sees to it that they end well. */
import { expect } from 'vitest'
import type { SeenRollout } from '../../src/engine/gate/acts.ts'
import { isOver, type Rollout } from '../../src/release/rollout/rollout.ts'
import { verifyAudit } from '../../src/store/audit.ts'
import type { Act } from './gate-acts.ts'
import { endWell } from './gate-end.ts'
import { GateMachine } from './gate-machine.ts'
import { GatePlay } from './gate-play.ts'
import { GateTraffic } from './gate-traffic.ts'
import { at, environments, humans, minute } from './gate-truth.ts'
import type { RolloutAct, RolloutHappening } from './rollout-gate-acts.ts'
import { RolloutGateBooks } from './rollout-gate-books.ts'

const [rita, ada, bob] = [0, 1, 2]
const soon = 25_000

interface Played {
  readonly machine: GateMachine
  readonly books: RolloutGateBooks
}

class RolloutPlay {
  readonly traffic = new GateTraffic()
  readonly machine = new GateMachine(this.traffic)
  readonly books = new RolloutGateBooks(this.machine.raw, this.traffic)
  readonly play = new GatePlay(this.machine)
  /** What the cards said, oldest first. */
  private readonly shown: SeenRollout[] = []

  constructor() {
    this.machine.onCommit(() => this.books.look())
    this.traffic.now = this.machine.clock.now
    this.traffic.onChange = () => this.machine.note(() => this.books.onChange())
  }

  get newest(): Rollout | null {
    return [...this.books.rollouts.values()].at(-1) ?? null
  }

  async happen(what: RolloutHappening): Promise<void> {
    const { traffic, machine } = this
    switch (what.act) {
      case 'release':
        return await this.release(what.commit)
      case 'press': {
        const rollout = this.newest
        if (rollout === null) return
        const seen = { generation: rollout.generation, step: rollout.stepIndex }
        const on = { releaseId: rollout.releaseId, seen: what.isOld ? (this.shown.at(-1) ?? seen) : seen }
        this.shown.push(seen)
        const { slackId } = at(humans, what.human)
        return await this.play.pressRollout(slackId, { ...on, type: what.type, why: 'Because', ms: minute })
      }
      case 'drift':
        // What somebody else does after the end is nobody's here any more.
        if (this.newest === null || isOver(this.newest)) return
        return traffic.drift(what.percent)
      case 'quality':
        traffic.quality = what.quality
        return
      case 'health':
        traffic.health[what.pool] = what.isGood
        return
      case 'unlock':
        return await this.unlock()
      case 'sick':
        machine.health[what.service].fates.push(...what.fates)
        return
      case 'down':
        machine.health[what.service].isDown = !machine.health[what.service].isDown
        return
      case 'clock':
        return machine.clock.set(what.minutes * minute)
      case 'die':
        return what.fuse === null ? await machine.restart() : machine.light(what.fuse)
      default:
        return what satisfies never
    }
  }

  private async release(commit: number): Promise<void> {
    const acts: readonly Act[] = [
      { what: { act: 'ask', human: rita, commit, isDirect: false }, thenMs: soon },
      ...[ada, bob].map(
        (human): Act => ({ what: { act: 'press', type: 'approve', which: 0, card: 1, human }, thenMs: soon }),
      ),
    ]
    await this.play.play(acts)
    await this.endRuns()
  }

  async unlock(): Promise<void> {
    const environment = environments.indexOf('production')
    const what = { act: 'environment', type: 'unlock', environment, takesOver: false, which: 0, human: ada } as const
    await this.play.play([{ what, thenMs: 0 }])
  }

  async endRuns(): Promise<void> {
    for (const run of this.machine.github.runs.filter(({ status }) => status === 'in_progress')) {
      this.traffic.deploy(run.sha)
      await this.play.endRun(run, { conclusion: 'success', built: 'it', told: 'once' })
    }
  }

  /** The services are well, and nobody presses anything: each rollout ends, or is held and somebody was told. */
  async rest(): Promise<void> {
    const { machine, traffic } = this
    traffic.heal()
    await machine.heal()
    for (let round = 0, settled = 0; round < 150 && settled < 2; round += 1) {
      await this.endRuns()
      await machine.pass(minute)
      settled = this.isSettled() ? settled + 1 : 0
    }
  }

  private isSettled(): boolean {
    const { github, books, raw } = this.machine
    const isRunning = github.runs.some(({ status }) => status === 'in_progress')
    const isAtWork = [...books.releases.values()].some(({ state }) => state.name === 'preparing')
    const isUntold =
      raw.prepare("select 1 from outbox where state = 'queued' and type like 'post_%'").get() !== undefined
    if (isRunning || isAtWork || isUntold) return false
    return [...this.books.rollouts.values()].every((rollout) => isOver(rollout) || waits(rollout))
  }

  async checkEnd(): Promise<void> {
    const { machine, books, traffic, play } = this
    const { raw, slack } = machine
    for (const rollout of books.rollouts.values()) {
      const { phase, releaseId } = rollout
      const release = machine.books.releases.get(releaseId)
      expect(release?.state.name, `the release of what is ${phase.name}`).toBe(
        isOver(rollout) ? phase.name : 'rolling_out',
      )
      if (isOver(rollout)) continue
      expect(phase.name, `nothing is left hanging: ${JSON.stringify(rollout)}`).toBe('held')
      const timer = raw.prepare('select 1 from timers where id = ?').all(`rollout:hold_reminder:${releaseId}`)
      expect(timer.length, 'somebody will be reminded').toBe(1)
      // Messages are given up after half an hour without Slack; the card says so all the same, and reminders come.
      const isTold = slack.messages.some(({ content }) => /held/i.test(content))
      expect(isTold, 'somebody was told').toBe(true)
    }
    const last = this.newest
    if (last?.phase.name === 'rolled_back' && last.pools !== null && !books.overtaken.has(last.releaseId)) {
      expect(traffic.green, 'and stays').toBe(last.pools.baseline === 'green' ? 100 : 0)
    }
    await endWell(machine, play)
    expect(await verifyAudit(machine.db)).toMatchObject({ ok: true })
  }

  async close(): Promise<void> {
    await this.machine.close()
  }
}

/** For a person: whatever it is held for does not end by itself. */
function waits({ phase }: Rollout): boolean {
  return phase.name === 'held' && !phase.hold.endsByItself
}

export async function playRollouts(acts: readonly RolloutAct[]): Promise<Played> {
  const play = new RolloutPlay()
  try {
    await play.happen({ act: 'release', commit: 0 })
    for (const { what, thenMs } of acts) {
      await play.happen(what)
      await play.machine.pass(thenMs)
    }
    await play.rest()
    await play.checkEnd()
    return play
  } finally {
    await play.close()
  }
}
