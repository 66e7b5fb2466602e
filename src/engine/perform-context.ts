import type { Config, EnvironmentConfig, RepositoryConfig } from '../config/config.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { GatePolicy } from '../policy/gate-policy.ts'
import type { Store } from '../store/open-store.ts'
import type { ChatPlatform } from './chat-platform.ts'
import type { Clock } from './clock.ts'
import type { CodeHost } from './code-host.ts'
import type { ServicesOf } from './environment-services.ts'
import type { PipelineMemory } from './pipeline-memory.ts'
import type { SlackBudget } from './slack-budget.ts'

/** What carrying out effects needs. */
export interface PerformContext {
  readonly store: Store
  readonly config: Config
  readonly clock: Clock
  readonly chat: ChatPlatform
  readonly codeHost: CodeHost
  readonly budget: SlackBudget
  readonly memory: PipelineMemory
  readonly repositoryOf: (name: string) => RepositoryConfig | null
  readonly policyOf: (repository: string, environment: string) => GatePolicy | null
  readonly environmentOf: (repository: string, environment: string) => EnvironmentConfig | null
  readonly servicesOf: ServicesOf
  readonly newId: () => string
  /** Our own workspace, once Slack has told. */
  readonly workspace: () => Promise<{ readonly teamId: string; readonly url: string } | null>
  /** For the Home tab. */
  readonly version: string
  readonly isStoreSound: () => boolean
  readonly defaultBranchOf: (repository: string, view: Pipeline) => Promise<string>
  /** A card is behind that was not before. */
  readonly onCardBehind: () => void
  /** Remembers that a channel cannot be written to and tells the fallback channel, once. */
  readonly onChannelUnavailable: (channel: string, code: string, at: number) => Promise<void>
}
