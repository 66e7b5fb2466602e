/** The real engine over a real store, between simulated services, in a process that may die and is started again. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { seededRandom } from '../../sandbox/github/seeded-random.ts'
import type { Config } from '../../src/config/config.ts'
import { rolloutDefaults } from '../../src/config/rollout-defaults.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import type { ServicesOf } from '../../src/engine/environment-services.ts'
import type { NewEvent } from '../../src/engine/events.ts'
import { createSlackBudget } from '../../src/engine/slack-budget.ts'
import { writeHere } from '../../src/store/deliveries.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { type FakeClock, fakeClock } from '../engine/fake-clock.ts'
import { readAsIs } from '../engine/read-as-is.ts'
import { atMs } from '../pipeline/facts.ts'
import { GateBooks } from './gate-books.ts'
import { createGateGithub, type GateGithub } from './gate-github.ts'
import { createLife, type Fuse, type Life } from './gate-life.ts'
import { type Health, withFates } from './gate-service.ts'
import { createGateSlack, type GateSlack } from './gate-slack.ts'
import { type GateTraffic, shiftedEnvironment } from './gate-traffic.ts'
import { environments, GateTruth, humans, repository } from './gate-truth.ts'

const wide = { burst: 10_000, perSecond: 10_000 }
/** Turns of the event loop without anything happening, after which nothing will happen before time moves on. */
const quietTurns = 3

export class GateMachine {
  readonly clock: FakeClock = fakeClock(atMs(0))
  readonly truth: GateTruth
  readonly slack: GateSlack
  readonly github: GateGithub
  readonly books: GateBooks
  readonly raw: Database.Database
  readonly health: Readonly<Record<'slack' | 'github' | 'router' | 'hosts', Health>> = {
    slack: { fates: [], isDown: false },
    github: { fates: [], isDown: false },
    router: { fates: [], isDown: false },
    hosts: { fates: [], isDown: false },
  }
  /** What shifts the traffic of `production`; null where releases get all of it at once. */
  readonly traffic: GateTraffic | null
  /** Further books, looked at after each transaction. */
  private readonly lookers: (() => void)[] = []
  /** Processes so far. */
  lives = 0
  /** What the books object to. */
  private readonly objections: string[] = []
  private readonly folder = mkdtempSync(join(process.env.SLUICE_SIMULATION_FOLDER ?? tmpdir(), 'sluice-gate-'))
  private store: Store
  private engine: Engine
  private life: Life = createLife()
  private activity = 0
  private readonly random = seededRandom(1)

  constructor(traffic: GateTraffic | null = null) {
    this.traffic = traffic
    this.truth = new GateTruth(traffic !== null)
    this.slack = createGateSlack(this.truth, this.clock)
    this.store = openStore({ file: this.file })
    this.raw = new Database(this.file)
    this.books = new GateBooks(this.truth, this.raw, this.clock.now)
    this.github = createGateGithub(this.truth, this.clock, {
      onStart: (run) => this.noting(() => this.books.onStart(run, this.github.runs)),
      onApproved: (run) => this.noting(() => this.books.onApproved(run)),
      namesRun: () => this.github.runs.length % 3 !== 0,
    })
    this.engine = this.begin()
  }

  /** Lets time pass, and everything happen that is due meanwhile. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms, () => this.settled())
    const [objection] = this.objections
    if (objection !== undefined) throw new Error(objection)
  }

  /** Whoever sends to a process that dies meanwhile hears nothing. */
  async send(event: NewEvent): Promise<void> {
    await Promise.race([this.engine.submit(event), this.life.death])
    await this.settled()
  }

  /** The process dies now and another one begins. */
  async restart(): Promise<void> {
    this.life.die()
    await this.settled()
  }

  /** Something in the store was changed behind the engine's back. */
  wake(): void {
    this.engine.start()
  }

  /** Calls this after each transaction; what it objects to fails the history. */
  onCommit(look: () => void): void {
    this.lookers.push(look)
  }

  /** What is found wrong where nobody waits for it. */
  note(check: () => void): void {
    this.noting(check)
  }

  /** The process will die at some moment that comes. */
  light(fuse: Fuse): void {
    this.life.light(fuse)
  }

  /** All services are well, and the process lives on. */
  async heal(): Promise<void> {
    for (const health of Object.values(this.health)) {
      health.fates.length = 0
      health.isDown = false
    }
    await this.restart()
  }

  /** Reads of the store as it stands. */
  get db(): Store['db'] {
    return this.store.db
  }

  async close(): Promise<void> {
    this.life.die()
    this.raw.close()
    await this.store.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private get file(): string {
    return join(this.folder, 'sluice.db')
  }

  private begin(): Engine {
    this.lives += 1
    const life = createLife()
    this.life = life
    const call = <T>(make: () => Promise<T>): Promise<T> => {
      this.activity += 1
      return life.call(make).finally(() => {
        this.activity += 1
      })
    }
    const { clock, health } = this
    const engine = createEngine({
      writeDeliveries: writeHere(this.store, readAsIs),
      store: life.store(this.store, () => {
        this.activity += 1
        this.noting(() => this.books.look())
        for (const look of this.lookers) this.noting(look)
      }),
      config: configOf(this.truth, this.traffic !== null),
      clock: life.clock(clock),
      log: pino({ level: process.env.SLUICE_SIMULATION_LOG ?? 'silent' }),
      chat: withFates(this.slack.chat, { health: health.slack, clock, call, isDead: life.isDead }),
      servicesOf: servicesFor(this.traffic, (service, of) =>
        withFates(service, { health: health[of], clock, call, isDead: life.isDead }),
      ),
      codeHost: withFates(this.github.codeHost, { health: health.github, clock, call, isDead: life.isDead }),
      random: this.random.next,
      budget: createSlackBudget(clock, { postsPerChannel: wide, updatesPerChannel: wide, updatesPerWorkspace: wide }),
      version: '0.0.0',
      isStoreSound: () => true,
    })
    engine.start()
    return engine
  }

  /** An objection is kept for later: the engine would take the error for its own and try again. */
  private noting(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.objections.push(error instanceof Error ? error.message : String(error))
    }
  }

  private async settled(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; ) {
      const before = this.activity
      await new Promise((resolve) => setImmediate(resolve))
      if (this.life.isDead()) {
        await this.store.close()
        this.store = openStore({ file: this.file })
        this.engine = this.begin()
        this.activity += 1
      }
      quiet = this.activity === before ? quiet + 1 : 0
    }
  }
}

function servicesFor(
  traffic: GateTraffic | null,
  wrapped: <Service extends object>(service: Service, of: 'router' | 'hosts') => Service,
): ServicesOf {
  if (traffic === null) return async () => null
  const { metrics, probe } = traffic
  const services = {
    router: wrapped(traffic.router, 'router'),
    functions: { host: wrapped(traffic.functions, 'hosts'), project: 'p' },
    frontend: wrapped(traffic.frontend, 'hosts'),
    metrics,
    probe,
  }
  return async ({ environment }) => (environment === 'production' ? services : null)
}

function configOf(truth: GateTruth, isShifted: boolean): Config {
  return {
    repositories: [
      {
        repo: repository,
        channels: ['#deploys'],
        stages: [],
        environments: environments.map((name) => ({
          name,
          aliases: [],
          url: null,
          gate: truth.policy(name),
          functions: null,
          frontend: null,
          metrics: null,
          health: null,
          rollout: rolloutDefaults('UTC'),
          traffic: null,
          ...(isShifted && name === 'production' ? shiftedEnvironment : {}),
        })),
        onCall: null,
        branches: [],
        pullRequests: true,
      },
    ],
    people: new Map(humans.flatMap(({ name, slackId, isConfigured }) => (isConfigured ? [[name, slackId]] : []))),
    supabase: { apiUrl: '' },
    vercel: { apiUrl: '' },
    slack: { apiUrl: '', fallbackChannel: null, auditChannel: null, allowedTeams: [], allowedGuests: [] },
    github: { apiUrl: '', webUrl: 'https://github.com' },
    server: { host: '127.0.0.1', port: 0, publicUrl: null, maxBodyBytes: 1_000_000 },
    data: { folder: '', payloadRetentionDays: 30, pipelineRetentionDays: 365 },
    audit: { mirror: null },
  }
}
