/** Signed webhook deliveries by the thousand, made from GitHub's own example payloads. */
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { parseDelivery } from '../../handlers/github/parse-delivery.ts'

export interface SignedDelivery {
  readonly guid: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Template {
  readonly event: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly repository: string
}

/** Of twenty deliveries so many are of each event, about as GitHub sends them while jobs run. */
const mix: Readonly<Record<string, number>> = { workflow_job: 17, workflow_run: 2, check_run: 1 }
/** Deliveries that speak of the same commit. */
const deliveriesACommit = 100

const templates = readTemplates()

/** The repositories that the deliveries are of. */
export const deliveredRepositories: readonly string[] = [...new Set(templates.map(({ repository }) => repository))]

/**
 * Makes deliveries of which no two are alike: each has its own GUID, and the ids and commits in it are its own, so
 * that each is news to whoever keeps pipelines.
 *
 * @param first - number of the first; runs that go on with higher numbers never repeat
 */
export function makeDeliveries(options: {
  readonly first: number
  readonly count: number
  readonly secret: string
}): readonly SignedDelivery[] {
  return Array.from({ length: options.count }, (_, index) => makeDelivery(options.first + index, options.secret))
}

function makeDelivery(number: number, secret: string): SignedDelivery {
  const template = templates[number % templates.length]
  if (template === undefined) throw new Error('@octokit/webhooks-examples has none of the events.')
  const { event, payload } = template
  const commit = Math.floor(number / deliveriesACommit)
  const sha = createHash('sha1').update(`commit ${commit}`).digest('hex')
  const object = { ...(payload[event] as object), id: 1_000_000_000 + number, head_sha: sha }
  const ofRun = event === 'workflow_job' ? { ...object, run_id: 2_000_000_000 + commit } : object
  const body = Buffer.from(JSON.stringify({ ...payload, [event]: ofRun }))
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

/** The examples of github.com that say something about a pipeline, each as often as the mix wants. */
function readTemplates(): readonly Template[] {
  const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
    readonly name: string
    readonly examples: readonly Readonly<Record<string, unknown>>[]
  }[]
  return Object.entries(mix).flatMap(([event, count]) => {
    const usable = (examples.find(({ name }) => name === event)?.examples ?? []).flatMap((payload): Template[] => {
      const parsed = parseDelivery(event, payload)
      if (!parsed.ok || parsed.repository === null || parsed.facts.length === 0) return []
      return [{ event, payload, repository: parsed.repository }]
    })
    return Array.from({ length: count }, (_, index) => usable[index % usable.length]).filter(
      (template) => template !== undefined,
    )
  })
}
