/** What the memory benchmark sends: pipelines that begin, and then go on without ending. */
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { applyChange } from '../../sandbox/github/apply-change.ts'
import type { Change } from '../../sandbox/github/change.ts'
import type { PipelineSpec } from '../../sandbox/github/pipeline-spec.ts'
import type { World } from '../../sandbox/start-world.ts'
import type { SignedDelivery } from './deliveries.ts'

/** Twenty jobs in five of the default stages. */
const jobNames: readonly string[] = [
  ...['TypeScript Type Check', 'ESLint', 'Format Check', 'Dependency Audit'],
  ...['1/6', '2/6', '3/6', '4/6', '5/6', '6/6'].map((shard) => `Unit Tests (${shard})`),
  ...['Build web', 'Build api', 'Build worker'],
  ...['1/4', '2/4', '3/4', '4/4'].map((shard) => `E2E Tests (${shard})`),
  ...['Container Image Scan', 'CodeQL', 'Secret Scanning'],
]
const steps = ['Set up job', 'Run actions/checkout@v4', 'Run npm ci', 'Run npm run it', 'Complete job'].map((name) => ({
  name,
  durationMs: 60_000,
}))
/** Tools outside that report again and again, in stages whose jobs are still running. */
const contexts = ['codecov/patch', 'build/preview', 'security/scan']

export const jobsAPipeline = jobNames.length
/** The push, the run's request and its start, and the start of each job. */
export const deliveriesToOpen = 3 + jobsAPipeline

export interface Load {
  /** The deliveries that open so many more pipelines: pushed, the run begun, every job running. */
  open(count: number): readonly SignedDelivery[]
  /** So many further deliveries about the pipelines opened so far, in turns. Each changes its pipeline, none ends it. */
  goOn(count: number): readonly SignedDelivery[]
}

/** @param secret - the deliveries are signed with it */
export function createLoad(world: Pick<World, 'github'>, repositories: readonly string[], secret: string): Load {
  const opened: { readonly repository: string; readonly sha: string }[] = []
  let turn = 0

  /** Makes it happen on the simulated GitHub, and returns what that sends about it. */
  function happen(repository: string, change: Change): readonly SignedDelivery[] {
    const moment = { now: Date.now(), speed: 1 }
    const emissions = applyChange(world.github.state, world.github.repository(repository), change, moment)
    return emissions.map(({ event, payload }) => sign(event, JSON.stringify(payload), secret))
  }

  function openOne(): readonly SignedDelivery[] {
    const number = opened.length + 1
    const repository = repositories[number % repositories.length] ?? ''
    const sha = createHash('sha1').update(`${repository} ${number}`).digest('hex')
    const commit = { sha, message: `Change number ${number}`, author: 'mona', authorName: 'Mona Lisa' }
    const workflow = { name: 'CI', on: ['push'], jobs: jobNames.map((name) => ({ key: name, name })) } as const
    const pipeline: PipelineSpec = { repository, branch: 'main', commit, workflows: [workflow] }
    const run = `${workflow.name}@push@${sha}`
    opened.push({ repository, sha })
    return [
      ...happen(repository, { type: 'pushed', branch: 'main', commit, by: 'mona' }),
      ...happen(repository, {
        type: 'run_requested',
        run,
        pipeline,
        workflow,
        event: 'push',
        branch: 'main',
        sha,
        by: 'mona',
      }),
      ...happen(repository, { type: 'run_in_progress', run }),
      ...jobNames.flatMap((job) => {
        // Its delivery would say nothing that the one of the start does not say.
        happen(repository, { type: 'job_queued', run, job, steps, environment: null })
        return happen(repository, { type: 'job_in_progress', run, job })
      }),
    ]
  }

  function goOnOnce(): readonly SignedDelivery[] {
    const pipeline = opened[turn % opened.length]
    if (pipeline === undefined) throw new Error('No pipeline is open.')
    const round = Math.floor(turn / opened.length)
    turn += 1
    const context = contexts[round % contexts.length] ?? ''
    const isOver = Math.floor(round / contexts.length) % 2 === 1
    return happen(pipeline.repository, {
      type: 'status_set',
      sha: pipeline.sha,
      context,
      state: isOver ? 'success' : 'pending',
      description: isOver ? 'Done' : 'At work',
      targetUrl: `https://ci.omnihub.dev/${round}`,
      by: 'mona',
    })
  }

  const times = (count: number, make: () => readonly SignedDelivery[]) => Array.from({ length: count }, make).flat()
  return { open: (count) => times(count, openOne), goOn: (count) => times(count, goOnOnce) }
}

function sign(event: string, text: string, secret: string): SignedDelivery {
  const body = Buffer.from(text)
  const guid = randomUUID()
  return {
    guid,
    body,
    headers: {
      Accept: '*/*',
      'Content-Type': 'application/json',
      'User-Agent': 'GitHub-Hookshot/5a0ecb2',
      'X-GitHub-Delivery': guid,
      'X-GitHub-Event': event,
      'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  }
}
