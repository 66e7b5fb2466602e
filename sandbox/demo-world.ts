/** The team of the demo: who they are, what is live already, and what its production gate asks for. */
import type { Logger } from 'pino'
import { addDeployment, moveDeployment } from './github/deployments.ts'
import { startWorld, type World } from './start-world.ts'

export const repository = 'omnihub/app'
export const channel = '#deploys'

const mona = { id: 'U0MONA00001', name: 'mona', realName: 'Mona Lisa' }
const ada = { id: 'U0ADA000001', name: 'ada', realName: 'Ada Lovelace' }
const grace = { id: 'U0GRACE0001', name: 'grace', realName: 'Grace Hopper' }
/** Mona writes and asks, Ada wrote something before, Grace leads. */
export const team = { mona, ada, grace }
const leads = 'S0LEADS0001'
/** People and groups by their ids. */
export const userNames: ReadonlyMap<string, string> = new Map([
  ...Object.values(team).map(({ id, realName }) => [id, realName] as const),
  [leads, 'tech-leads'],
])

const hourMs = 3_600_000
const requiredCheck = '✅ All CI Checks Passed'

/** What Mona pushes: what CI and staging do with it is `omnihubPipeline`'s. */
export const monasFiles = {
  'src/trade/fees.ts': 'export const round = (cents: number) => Math.floor(cents + 0.5)\n',
  'src/trade/fees.test.ts': "it('rounds half a cent up', () => expect(round(1234.5)).toBe(1235))\n",
  'supabase/migrations/20261124_fee_rounding.sql':
    "alter table fees add column rounding text not null default 'half_up';\nalter table fees drop column legacy_rate;\n",
}

const productionWorkflow = `name: Deploy to production
run-name: Deploy \${{ inputs.sluice_release }}
`

export async function startDemoWorld(log: Logger): Promise<World> {
  const world = await startWorld({
    log,
    github: {
      people: Object.values(team).map(({ name, realName }) => ({
        login: name,
        name: realName,
        email: `${name}@omnihub.dev`,
      })),
    },
    config: `people:\n${Object.values(team)
      .map(({ name, id }) => `  ${name}: ${id}\n`)
      .join('')}`,
    repositorySettings: {
      environments: [
        'dev',
        { name: 'staging', url: 'https://staging.omnihub.dev' },
        {
          name: 'production',
          aliases: ['prod'],
          url: 'https://omnihub.dev',
          strategies: ['canary', 'blue-green'],
          approvers: { groups: leads },
        },
      ],
    },
  })
  const { slack, github } = world
  for (const person of Object.values(team)) {
    slack.addUser({ ...person, email: `${person.name}@omnihub.dev` })
    slack.invite(channel, person.id)
  }
  slack.addUserGroup({ handle: 'tech-leads', id: leads, users: [grace.id] })
  whatIsLive(world)
  github.setProtection(repository, 'main', [requiredCheck])
  github.defineDispatchWorkflow(repository, {
    path: '.github/workflows/cd-production.yml',
    name: 'Deploy to production',
    inputs: {
      sluice_release: { required: true },
      sha: { required: true },
      strategy: { required: true, options: ['canary', 'blue-green', 'direct'] },
      step: { required: true, default: '0' },
      sluice_audit_head: {},
    },
    play: { jobs: productionJobs },
  })
  return world
}

/** A commit that went out yesterday, and one of Ada's that nobody has released yet. */
function whatIsLive({ github }: World): void {
  const yesterday = Date.now() - 26 * hourMs
  const live = github.commitFiles(repository, 'main', {
    message: 'Show the fee before the trade',
    author: 'ada',
    files: {
      'src/trade/fees.ts': 'export const round = Math.round\n',
      '.github/workflows/cd-production.yml': productionWorkflow,
    },
    at: yesterday,
  })
  const state = github.repository(repository)
  const deployment = addDeployment(
    github.state,
    state,
    { sha: live.sha, branch: 'main', environment: 'production', by: 'ada', runId: null, ref: live.sha },
    yesterday,
  )
  moveDeployment(github.state, state, deployment, 'success', 'https://omnihub.dev', '', yesterday)
  github.commitFiles(repository, 'main', {
    message: 'Say which currency a fee is in',
    author: 'ada',
    files: { 'src/trade/fee-label.ts': "export const label = 'EUR'\n" },
    at: yesterday + 2 * hourMs,
  })
}

const productionJobs = [
  { key: 'verify', name: 'Verify staging', durationMs: 20_000, steps: [{ name: 'Run actions/checkout@v5' }] },
  { key: 'backup', name: 'Back up the database', needs: ['verify'], durationMs: 30_000 },
  { key: 'migrate', name: 'Migrate the database', needs: ['backup'], durationMs: 20_000 },
  { key: 'deploy', name: 'Deploy the new version', needs: ['migrate'], durationMs: 40_000 },
]
