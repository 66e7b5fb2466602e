/** A rollback of which nobody has written down what was live before: to what the person on the command line names. */

import type { Config, EnvironmentConfig } from '../../config/config.ts'
import type { ServiceSecrets } from '../../config/read-service-secrets.ts'
import { type Clock, systemClock } from '../../engine/clock.ts'
import type { EnvironmentServices } from '../../engine/environment-services.ts'
import { rollBackAlone } from '../../engine/rollout/roll-back-alone.ts'
import { readSplit } from '../../engine/rollout/rollback-calls.ts'
import { makeServices } from '../../environment-services.ts'
import { knownByName } from '../../policy/identity.ts'
import { otherPool } from '../../policy/traffic-target.ts'
import type { RolePools } from '../../release/rollout/rollout.ts'
import type { Reading } from '../../release/rollout/rollout-decision.ts'
import { healthOf, splitWords } from '../../release/rollout/traffic-split.ts'
import { harmless } from '../harmless.ts'
import { pressOfAccount } from '../press.ts'
import { UsageError } from '../usage-error.ts'
import { createReport, type RollbackResult, resultOf } from './report.ts'
import { isConfirmed, type Terminal } from './terminal.ts'

export interface WithoutStoreOptions {
  readonly environment: EnvironmentConfig
  readonly config: Pick<Config, 'supabase' | 'vercel'> & Config
  /** The pool that is to have all of the traffic; null: the traffic stays as it is. */
  readonly toPool: string | null
  /** The deployment of the frontend that is to be live again; null: it stays as it is. */
  readonly frontendDeployment: string | null
  readonly why: string | null
  readonly isConfirmed: boolean
  readonly clock?: Clock
}

/** @throws UsageError when it is not said what to go back to, or a token for it is not set */
export async function rollBackWithoutStore(
  options: WithoutStoreOptions,
  secrets: ServiceSecrets,
  terminal: Terminal,
): Promise<RollbackResult> {
  const { environment, config, toPool, frontendDeployment, why, clock = systemClock } = options
  const services = await makeServices(environment, { config, secrets, now: () => clock.now() })
  const reading = environment.traffic?.type === 'cloudflare' ? await readSplit(services) : null
  const pools = toPool === null ? null : poolsFor(toPool, environment)
  if (pools === null && frontendDeployment === null) throw new UsageError(nothingSaid(environment, reading))
  checkTokens(options, services)
  for (const line of planLines(options, pools, reading)) terminal.say(line)
  const of = { environment: environment.name, done_by: 'command line', is_recorded: false }
  if (!(await isConfirmed(options.isConfirmed, 'Do it?', terminal))) {
    return { isVerified: false, lines: [], json: { ...of, state: 'not_confirmed' } }
  }
  const frontend =
    frontendDeployment === null
      ? null
      : { id: frontendDeployment, url: frontendDeployment, sha: null, createdAt: clock.now() }
  const rollout = await rollBackAlone(
    {
      environment,
      config,
      services,
      clock,
      pools,
      hasSessionAffinity: reading?.ok === true ? reading.reading.hasSessionAffinity : null,
      kept: { snapshot: { takenAt: clock.now(), functions: null, frontend }, bundles: [] },
      by: knownByName(pressOfAccount().userId),
      why,
    },
    createReport(terminal.say),
  )
  return resultOf(rollout, of)
}

function poolsFor(toPool: string, { name, traffic }: EnvironmentConfig): RolePools {
  if (traffic === null) throw new UsageError(`the traffic of ${name} is not split, so there is no pool ${toPool}`)
  if (traffic.type === 'vercel') {
    throw new UsageError(
      `${name} has rolling releases, and no pools: --frontend-deployment ends one, and puts another back`,
    )
  }
  const { target } = traffic
  if (!target.pools.includes(toPool)) {
    throw new UsageError(`${name} has no pool ${toPool}: say ${target.pools.join(' or ')}`)
  }
  return { baseline: toPool, canary: otherPool(target, toPool) }
}

function nothingSaid({ name, traffic, frontend }: EnvironmentConfig, reading: Reading | null): string {
  const [one, other] = traffic?.type === 'cloudflare' ? traffic.target.pools : []
  return [
    `without the store nobody knows what ${name} was before: say what to go back to.`,
    ...(one === undefined ? [] : [`  --to-pool ${one} or --to-pool ${other}  (${nowWords(reading)})`]),
    ...(frontend === null ? [] : ['  --frontend-deployment dpl_…  (from the list of deployments on vercel.com)']),
  ].join('\n')
}

function nowWords(reading: Reading | null): string {
  if (reading === null) return 'not split'
  return reading.ok
    ? `now ${splitWords(reading.reading)}`
    : `how it is now could not be read: ${harmless(reading.detail)}`
}

function checkTokens(
  { environment, toPool, frontendDeployment }: WithoutStoreOptions,
  services: EnvironmentServices,
): void {
  if (toPool !== null && services.router === null) throw new UsageError('CLOUDFLARE_API_TOKEN is not set')
  if (frontendDeployment === null) return
  if (environment.frontend === null) {
    throw new UsageError(
      `it is not known where the frontend of ${environment.name} is, so that ${frontendDeployment} cannot be put back`,
    )
  }
  if (services.frontend === null) throw new UsageError('VERCEL_TOKEN is not set')
}

function planLines(
  { environment, frontendDeployment }: WithoutStoreOptions,
  pools: RolePools | null,
  reading: Reading | null,
): readonly string[] {
  const { functions, frontend } = environment
  const isUnwell = pools !== null && reading?.ok === true && healthOf(reading.reading, pools.baseline) === 'unhealthy'
  return [
    ...(pools === null
      ? []
      : [
          `Traffic of ${environment.name}: all to ${pools.baseline}, nothing to ${pools.canary} (${nowWords(reading)}).`,
        ]),
    ...(isUnwell ? [`CAREFUL: ${pools.baseline} is not healthy, as the load balancer's own checks say.`] : []),
    ...(frontendDeployment === null
      ? frontend === null
        ? []
        : ['The frontend stays as it is: --frontend-deployment names another.']
      : [`Frontend: ${harmless(frontendDeployment)} goes live again.`]),
    ...(functions === null
      ? []
      : ['The edge functions stay as they are: deploy them from the commit before (docs/rollback.md).']),
    'Migrations stay in the database. Whether the old version can run on them is not known here.',
    'Sluice is not told: when it is back it finds another split than its own, holds what is rolling out, and asks.',
  ]
}
