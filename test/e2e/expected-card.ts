import type { World } from '../../sandbox/start-world.ts'
import { pipelineCard } from '../../src/cards/pipeline-card.ts'
import type { Rendered } from '../../src/cards/rendered.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { applyFacts, emptyPipelineState } from '../../src/pipeline/fold.ts'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import { viewPipeline } from '../../src/pipeline/view-pipeline.ts'
import { githubCodeHost } from '../../src/providers/github/github-code-host.ts'

export interface Expected {
  readonly pipeline: Pipeline
  readonly card: Rendered
}

/**
 * What the card of a commit has to show at the end: GitHub is asked how the commit stands now, by somebody who never
 * saw a webhook.
 */
export async function expectedOf(
  world: Pick<World, 'env' | 'github'>,
  commit: { readonly repository: string; readonly sha: string },
): Promise<Expected> {
  const configuration = await readConfiguration({ path: world.env.SLUICE_CONFIG ?? '', env: world.env })
  if (!configuration.ok) throw new Error(configuration.message)
  const { config, secrets } = configuration
  const repository = config.repositories.find(({ repo }) => repo === commit.repository)
  if (repository === undefined) throw new Error(`${commit.repository} is not in the configuration.`)
  const codeHost = githubCodeHost({
    auth: secrets.github,
    apiUrl: config.github.apiUrl,
    repositories: [repository.repo],
    publicUrl: config.server.publicUrl,
  })
  const present = await codeHost.presentState(commit)
  if (!present.ok) throw new Error(`GitHub was asked in vain: ${JSON.stringify(present.failure)}`)
  const { state } = applyFacts(emptyPipelineState(commit.repository, commit.sha), present.value)
  const pipeline = viewPipeline(state, repository.stages)
  const card = pipelineCard(pipeline, {
    layout: 'plan',
    webUrl: config.github.webUrl,
    mentions: config.people,
    usualMs: new Map(),
  })
  return { pipeline, card }
}

/** A message's content as it was sent: without the ids that Slack gives to blocks. */
export function contentOf(message: { readonly text: string; readonly blocks: readonly unknown[] }): Rendered {
  const blocks = JSON.parse(JSON.stringify(message.blocks, (key, value) => (key === 'block_id' ? undefined : value)))
  return { text: message.text, blocks }
}
