import type { ServiceSecrets } from '../../config/read-service-secrets.ts'
import type { Clock } from '../../engine/clock.ts'
import type { Steerable } from '../../engine/rollout/steerable.ts'
import type { Rollout } from '../../release/rollout/rollout.ts'
import type { Store } from '../../store/open-store.ts'
import type { NamedPlace } from '../place.ts'
import type { Terminal } from './terminal.ts'

/** A rollback on the command line, with all that it takes. */
export interface Work extends Steerable {
  readonly store: Store
  readonly named: NamedPlace
  readonly secrets: ServiceSecrets
  readonly terminal: Terminal
  readonly clock: Clock
  readonly why: string | null
  readonly report: (rollout: Rollout) => void
  /** What the result says first, for machines. */
  readonly of: Readonly<Record<string, unknown>>
}
