/** A world with a rollout under way: a release that was asked for and approved, and people who steer it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { RolloutWorld } from '../../../sandbox/rollout/rollout-world.ts'
import type { Message } from '../../../sandbox/slack/state.ts'
import type { RolloutAct } from '../../../src/engine/gate/acts.ts'
import type { Rollout } from '../../../src/release/rollout/rollout.ts'
import { rolloutOf } from '../../../src/store/rollouts.ts'
import { wordsOf } from '../fast-world.ts'
import { devId, type GateWorld, gateCardOf, gateWorld, leadId, releaseOf } from '../gate/gate-world.ts'

/** In real time. */
const patienceMs = 40_000

type WithoutPlace<T> = T extends unknown ? Omit<T, 'releaseId' | 'seen'> : never
type Act = WithoutPlace<RolloutAct>

export interface RollingWorld extends Omit<GateWorld, 'rollout'> {
  readonly rollout: RolloutWorld
  /** Asks for a rollout of a commit, a canary when left out, and approves it. */
  release(sha?: string, strategy?: 'canary' | 'blue-green'): Promise<void>
  /** How the rollout of a commit stands; that of the first commit when left out. */
  rolloutState(sha?: string): Promise<Rollout>
  /** Looks at it until it is so. */
  rolls(until: (rollout: Rollout) => boolean, what: string, sha?: string): Promise<Rollout>
  reachesPhase(name: Rollout['phase']['name'], sha?: string): Promise<Rollout>
  /** Presses for somebody, as a card that was just drawn would, and returns what they are told. */
  act(user: string, act: Act, sha?: string): Promise<string>
  /** The canary's share as Cloudflare has it; the canary is the pool that was deployed to last. */
  share(): Readonly<Record<string, number>>
  /** What is said under the release of a commit. */
  thread(sha?: string): string
}

export async function rolling(options: Parameters<typeof gateWorld>[0] = {}): Promise<RollingWorld> {
  const world = await gateWorld({ rollout: true, ...options })
  const { rollout, slack } = world
  if (rollout === null) throw new Error('There is nothing to roll out with.')
  const { cloudflare } = rollout

  async function rolloutState(sha = world.sha): Promise<Rollout> {
    const { id } = await releaseOf(world, sha)
    const state = await rolloutOf(world.sluice().store.db, id)
    if (state === null) throw new Error(`${sha.slice(0, 7)} has no rollout.`)
    return state
  }

  async function rolls(until: (rollout: Rollout) => boolean, what: string, sha = world.sha): Promise<Rollout> {
    const { id } = await releaseOf(world, sha)
    const deadline = performance.now() + patienceMs
    for (;;) {
      const state = await rolloutOf(world.sluice().store.db, id)
      if (state !== null && until(state)) return state
      if (performance.now() > deadline) {
        const { state: release } = await releaseOf(world, sha)
        const seen =
          state === null ? { release } : { phase: state.phase, confirmed: state.confirmed, verdict: state.verdict }
        throw new Error(`${what} has not come: ${inspect(seen, { depth: 6 })}`)
      }
      await sleep(15)
    }
  }
  return {
    ...world,
    rollout,
    rolloutState,
    rolls,
    async release(sha = world.sha, strategy = 'canary') {
      await world.command(devId, `prod ${strategy} ${sha}`)
      await slack.press({
        user: leadId,
        channel: slack.channel('#deploys').id,
        ts: gateCardOf(world, sha).ts,
        actionId: 'gate_approve',
      })
    },
    reachesPhase: (name, sha) => rolls(({ phase }) => phase.name === name, `“${name}”`, sha),
    async act(user, act, sha = world.sha) {
      const state = await rolloutState(sha)
      return await pressed(world, user, gateCardOf(world, sha), {
        ...act,
        releaseId: state.releaseId,
        seen: seenOf(state),
      })
    },
    share() {
      const weights = cloudflare.balancer().random_steering.pool_weights ?? {}
      return Object.fromEntries(
        Object.entries(cloudflare.poolIds).map(([pool, id]) => [pool, Math.round((weights[id] ?? 0) * 100)]),
      )
    },
    thread(sha = world.sha) {
      const card = gateCardOf(world, sha)
      return slack
        .messages('#deploys')
        .flatMap((top) => [top, ...slack.thread('#deploys', top.ts)])
        .filter(({ ts }) => ts >= card.ts)
        .map(wordsOf)
        .join('\n')
    },
  }
}

const seenOf = ({ generation, stepIndex }: Rollout) => ({ generation, step: stepIndex })

let presses = 0

async function pressed(world: GateWorld, user: string, card: Message, act: RolloutAct): Promise<string> {
  const before = world.answers(user).length
  presses += 1
  const press = {
    id: `press-${presses}`,
    client: 'slack',
    userId: user,
    teamId: world.slack.state.team.id,
    channelId: world.slack.channel('#deploys').id,
    threadTs: card.threadTs,
    messageTs: card.ts,
    at: world.clock.now(),
  } as const
  await world.sluice().engine.submit({ id: press.id, type: 'gate.pressed', body: { press, act } })
  await world.slack.until(() => world.answers(user).length > before, `an answer to ${act.type}`, patienceMs)
  return world.answers(user).at(-1) ?? ''
}

/** The code of an edge function that runs now. */
export function bundleOf({ rollout }: Pick<RollingWorld, 'rollout'>, slug: string): string | undefined {
  return rollout.supabaseFunctions.functions.bodyOf(slug)?.toString('latin1')
}

/** The commit that the frontend's production domain leads to; null for the one of the beginning. */
export function liveSha({ rollout: { vercel } }: Pick<RollingWorld, 'rollout'>): string | null {
  const id = vercel.production.behind(`${vercel.project}.example`)
  return id === null ? null : (vercel.production.find(id)?.sha ?? null)
}
