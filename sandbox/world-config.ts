import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { RolloutSettings } from './rollout/rollout-settings.ts'

/** Writes the sluice.yml of a simulated world, as a team would write its own, and returns where it is. */
export async function writeWorldConfig(world: {
  readonly folder: string
  readonly repositories: Readonly<Record<string, readonly string[]>>
  readonly slackApiUrl: string
  readonly githubApiUrl: string
  readonly port: number
  /** More settings for each repository. */
  readonly repositorySettings: Readonly<Record<string, unknown>>
  readonly slackSettings: Readonly<Record<string, unknown>>
  /** Null: there is no mirror of the audit log. */
  readonly auditMirrorUrl: string | null
  /** What one environment has to roll out with; null: nothing. */
  readonly rollout: RolloutSettings | null
  /** More lines, at the top level. */
  readonly more: string
}): Promise<string> {
  const file = join(world.folder, 'sluice.yml')
  const { rollout } = world
  const settings = {
    repositories: Object.entries(world.repositories).map(([repo, channel]) => ({
      repo,
      channel: [...channel],
      ...(rollout === null ? world.repositorySettings : withRollout(world.repositorySettings, rollout)),
    })),
    slack: { api_url: world.slackApiUrl, fallback_channel: '#sluice', ...world.slackSettings },
    github: { api_url: world.githubApiUrl, web_url: 'https://github.com' },
    server: { host: '127.0.0.1', port: world.port, public_url: `http://127.0.0.1:${world.port}` },
    data: { folder: join(world.folder, 'data') },
    ...(world.auditMirrorUrl === null ? {} : { audit: { mirror: { url: world.auditMirrorUrl } } }),
    ...rollout?.file,
  }
  await writeFile(file, `${stringify(settings)}${world.more}`)
  return file
}

/** What the environment says itself comes before what it is given. */
function withRollout(
  repository: Readonly<Record<string, unknown>>,
  { name, environment }: RolloutSettings,
): Readonly<Record<string, unknown>> {
  const written = Array.isArray(repository.environments) ? (repository.environments as readonly unknown[]) : []
  const nameOf = (one: unknown) => (typeof one === 'object' && one !== null && 'name' in one ? one.name : one)
  if (!written.some((one) => nameOf(one) === name)) throw new Error(`There is no environment ${name} to roll out in.`)
  const environments = written.map((one) => {
    if (nameOf(one) !== name) return one
    return { name, ...environment, ...(typeof one === 'object' ? one : {}) }
  })
  return { ...repository, environments }
}
