/** A world with a production gate: people with roles, a green commit, and a workflow that Sluice may start. */
import type { DispatchInputs, DispatchPlay, DispatchSpec } from '../../../sandbox/github/dispatch-spec.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import type { Message, View } from '../../../sandbox/slack/state.ts'
import { type ReleaseRecord, recentReleases } from '../../../src/store/releases.ts'
import { type FastWorld, fastWorld, markOf, monaId } from '../fast-world.ts'

export const repository = 'omnihub/app'
/** Asks for releases; wrote nothing. */
export const devId = 'U0DEV000001'
export const leadId = 'U0LEAD00001'
export const sreId = 'U0SRE000001'
export const leadsId = 'S0LEADS0001'
export const sresId = 'S0SRES00001'

/** What production asks for unless a test says otherwise: one lead, CI and nothing else. */
export const plainGate: Readonly<Record<string, unknown>> = {
  name: 'production',
  aliases: ['prod'],
  strategies: ['canary', 'blue-green'],
  approvers: { groups: [leadsId], count: 1 },
  require_staging: false,
  branches: 'any',
}

export interface GateWorld extends FastWorld {
  /** The commit that is there to be released: on main, green. */
  readonly sha: string
  command(user: string, text: string, channel?: string): Promise<void>
  press(user: string, card: Message, actionId: string): Promise<void>
  /** Gate cards in a channel or in the thread of its card, oldest first. */
  gateCards(channel?: string): readonly Message[]
  gateCard(channel?: string): Message
  answers(user: string, channel?: string): readonly string[]
  releases(): Promise<readonly ReleaseRecord[]>
  /** Runs of the production workflow. */
  runs(): readonly { readonly title: string; readonly sha: string; readonly status: string }[]
  audit(): Promise<
    readonly { readonly action: string; readonly reason: string | null; readonly actor: string | null }[]
  >
}

export async function gateWorld(
  options: Parameters<typeof fastWorld>[0] & {
    readonly gate?: Readonly<Record<string, unknown>>
    readonly play?: DispatchSpec['play']
    readonly staging?: Readonly<Record<string, unknown>>
    /** Logins to Slack ids besides Mona's. */
    readonly people?: Readonly<Record<string, string>>
    /** How many times as fast as the real time; 10 when left out. */
    readonly factor?: number
  } = {},
): Promise<GateWorld> {
  const { gate = plainGate, staging = { name: 'staging', require_ci: false, branches: 'any' } } = options
  const people = Object.entries({ mona: monaId, lee: leadId, ...options.people })
  const world = await fastWorld({
    config: `people:\n${people.map(([login, id]) => `  ${login}: ${id}`).join('\n')}\n`,
    ...options,
    repositorySettings: { environments: [staging, gate], ...options.repositorySettings },
  })
  const { slack, github } = world
  for (const [id, name] of [
    [devId, 'dee'],
    [leadId, 'lee'],
    [sreId, 'sam'],
  ] as const) {
    slack.addUser({ id, name, realName: name, email: `${name}@omnihub.dev` })
    slack.invite('#deploys', id)
  }
  slack.addUserGroup({ handle: 'leads', id: leadsId, users: [leadId] })
  slack.addUserGroup({ handle: 'sres', id: sresId, users: [sreId] })
  for (const name of ['production', 'staging']) {
    github.defineDispatchWorkflow(repository, {
      ...dispatchSpec(name, options.play),
      ...(world.rollout === null || name !== 'production' ? {} : { does: world.rollout.deploy }),
    })
  }
  github.autoplay(1000)
  const { sha } = github.commitFiles(repository, 'main', {
    message: 'Round fees half up',
    files: { 'src/fees.ts': 'export const fee = 1\n' },
  })
  makeGreen(world, sha)
  await world.settled()

  const gateCards = (channel = '#deploys') => {
    const top = slack.messages(channel)
    const all = top.flatMap((message) => [message, ...slack.thread(channel, message.ts).slice(1)])
    const own = new Map(all.map((message) => [message.ts, message]))
    return [...own.values()]
      .filter((message) => markOf(message).startsWith('card:') && JSON.stringify(message.blocks).includes('→'))
      .toSorted((a, b) => (a.ts < b.ts ? -1 : 1))
  }
  return {
    ...world,
    sha,
    async command(user, text, channel = '#deploys') {
      await slack.command({ user, channel: slack.channel(channel).id, command: '/deploy', text })
      await world.settled()
    },
    async press(user, card, actionId) {
      await slack.press({ user, channel: slack.channel('#deploys').id, ts: card.ts, actionId })
      await world.settled()
    },
    gateCards,
    gateCard(channel) {
      const card = gateCards(channel).at(-1)
      if (card === undefined) throw new Error('There is no gate card.')
      return card
    },
    answers: (user, channel = '#deploys') =>
      slack.ephemerals(channel).flatMap((message) => (message.user === user ? [message.text] : [])),
    releases: () => recentReleases(world.sluice().store.db, { repository: null, environment: null, limit: 50 }),
    runs: () =>
      [...github.repository(repository).runs.values()]
        .filter(({ workflow }) => workflow.path.includes('cd-production'))
        .map(({ title, sha: of, status }) => ({ title, sha: of, status })),
    audit: () =>
      world
        .sluice()
        .store.db.selectFrom('audit')
        .select(['action', 'reason_code as reason', 'actor_id as actor'])
        .orderBy('seq')
        .execute(),
  }
}

/** Reports CI of a commit as passed. */
export function makeGreen(world: Pick<FastWorld, 'github'>, sha: string): void {
  world.github.reportCheck(repository, { sha, app: 'ci', name: 'ci-passed', conclusion: 'success' })
}

function dispatchSpec(environment: string, play: DispatchSpec['play']): DispatchSpec {
  return {
    path: `.github/workflows/cd-${environment}.yml`,
    name: `Deploy ${environment}`,
    inputs: {
      sluice_release: { required: true },
      sha: { required: true },
      strategy: { required: true },
      step: { required: true },
      environment: { required: false },
      sluice_audit_head: { required: false },
      pool: { required: false },
    },
    ...(play === undefined ? {} : { play }),
  }
}

/** A commit on main that CI calls good. */
export async function greenCommit(
  world: Pick<FastWorld, 'github' | 'settled'>,
  commit: Parameters<FastWorld['github']['commitFiles']>[2],
  branch = 'main',
): Promise<string> {
  const { sha } = world.github.commitFiles(repository, branch, commit)
  makeGreen(world, sha)
  await world.settled()
  return sha
}

/** The gate card of a commit. */
export function gateCardOf(world: Pick<GateWorld, 'gateCards'>, sha: string): Message {
  const card = world.gateCards().findLast(({ text }) => text.includes(sha.slice(0, 7)))
  if (card === undefined) throw new Error(`There is no gate card of ${sha.slice(0, 7)}.`)
  return card
}

/** The release of a commit that was asked for last. */
export async function releaseOf(world: Pick<GateWorld, 'releases'>, sha: string): Promise<ReleaseRecord> {
  const release = (await world.releases()).find((one) => one.sha === sha)
  if (release === undefined) throw new Error(`There is no release of ${sha.slice(0, 7)}.`)
  return release
}

/** Lets the workflows that were started run to their end. */
export async function runsEnd({ github, settled }: Pick<FastWorld, 'github' | 'settled'>): Promise<void> {
  await github.walk()
  await settled()
}

/** Presses a button that opens a form, and returns the form. */
export async function openForm(world: GateWorld, user: string, card: Message, actionId: string): Promise<View> {
  const before = world.slack.openView(user)?.id
  await world.press(user, card, actionId)
  await world.slack.until(() => (world.slack.openView(user)?.id ?? before) !== before, 'the opening of a form')
  const view = world.slack.openView(user)
  if (view === null) throw new Error('There is no form.')
  return view
}

/** Presses Reject, gives the reason, and sends the form. */
export async function reject(world: GateWorld, user: string, card: Message, reason: string): Promise<void> {
  const view = await openForm(world, user, card, 'gate_reject')
  await world.slack.submit({ user, view: view.id, values: { reason: { reason } } })
  await world.settled()
}

/** A run of the production workflow that has come to its environment; its id. */
export async function waitAtGithub(world: GateWorld): Promise<number> {
  const environment = { name: 'production', gates: ['rule', 'reviewers'] as const }
  const script = scriptPipeline({
    repository,
    branch: 'main',
    commit: { sha: world.sha, message: 'Round fees half up', author: 'mona' },
    workflows: [
      {
        name: 'Deploy production',
        path: '.github/workflows/cd-production.yml',
        on: ['push'],
        jobs: [{ key: 'deploy', name: 'Deploy', environment }],
      },
    ],
  })
  world.github.load(script)
  await world.github.walk()
  await world.settled()
  const run = [...world.github.repository(repository).runs.values()].at(-1)
  if (run === undefined) throw new Error('There is no run.')
  return run.id
}

/** How runs go, with what each of them was told written down. */
export function noted(play: DispatchPlay = {}): {
  readonly inputs: DispatchInputs[]
  readonly play: NonNullable<DispatchSpec['play']>
} {
  const inputs: DispatchInputs[] = []
  return {
    inputs,
    play: (run) => {
      inputs.push(run.inputs)
      return play
    },
  }
}
