/** The calls of a rollback to the services, each with what it came to in the words of the rules. All of them may be repeated. */
import type { LegName } from '../../release/rollout/rollout.ts'
import type { Reading, RolloutEvent } from '../../release/rollout/rollout-decision.ts'
import type { ReleaseSnapshot } from '../../release/snapshot.ts'
import type { WantedTraffic } from '../../release/traffic.ts'
import type { Clock } from '../clock.ts'
import type { EnvironmentServices } from '../environment-services.ts'
import type { Bundle } from '../functions-host.ts'
import type { ServiceFailure } from '../service-failure.ts'

export type SetResult = Extract<RolloutEvent, { readonly type: 'weights_set' }>['result']
export type LegResult = Extract<RolloutEvent, { readonly type: 'leg_ended' }>['result']

/** A move of the domains that was taken is looked after so often, and for so long, before it is called late. In ms. */
const moveAgainMs = 500
const moveTakesMs = 20_000

const noRouter =
  'Nothing splits the traffic of this environment: see “traffic” in sluice.yml, and the token that it needs in the environment.'

const nothingKept: LegResult = {
  ok: false,
  detail: 'What was live before is not known (any more).',
  isFinal: true,
}

export async function readSplit({ router }: Pick<EnvironmentServices, 'router'>): Promise<Reading> {
  if (router === null) return { ok: false, detail: noRouter }
  const read = await router.read()
  return read.ok ? { ok: true, reading: read.value } : { ok: false, detail: failureWords(read.failure) }
}

export async function setSplit(
  { router }: Pick<EnvironmentServices, 'router'>,
  { percents, disabled }: WantedTraffic,
): Promise<SetResult> {
  if (router === null) return { ok: false, detail: noRouter, mayHaveHappened: false }
  const applied = await router.apply({ percents, disabled })
  if (applied.ok) return { ok: true, reading: applied.value }
  const { failure } = applied
  return {
    ok: false,
    detail: failureWords(failure),
    mayHaveHappened: failure.type === 'unavailable' && failure.mayHaveHappened,
  }
}

/** What was live before, and the code of its functions as far as it was kept. */
export interface KeptState {
  readonly snapshot: ReleaseSnapshot | null
  /** By slug; damaged ones are left out. */
  readonly bundles: readonly { readonly slug: string; readonly bytes: Uint8Array }[]
}

export async function rollBackPart(
  leg: Exclude<LegName, 'traffic'>,
  { snapshot, bundles }: KeptState,
  services: Pick<EnvironmentServices, 'functions' | 'frontend'>,
  clock: Clock,
): Promise<LegResult> {
  return leg === 'functions'
    ? await restoreFunctions(snapshot?.functions ?? null, bundles, services)
    : await restoreFrontend(snapshot?.frontend ?? null, services, clock)
}

async function restoreFunctions(
  before: ReleaseSnapshot['functions'],
  bundles: KeptState['bundles'],
  { functions }: Pick<EnvironmentServices, 'functions'>,
): Promise<LegResult> {
  if (before === null) return nothingKept
  if (functions === null) return notSet('SUPABASE_ACCESS_TOKEN')
  const digests = new Map(before.functions.map(({ slug, digest }) => [slug, digest]))
  const kept: readonly Bundle[] = bundles.map((bundle) => ({ ...bundle, digest: digests.get(bundle.slug) ?? null }))
  const restored = await functions.host.restore(before, kept)
  return restored.ok ? { ok: true } : failed(restored.failure)
}

/** A host takes the order and carries it out afterwards. */
async function restoreFrontend(
  before: ReleaseSnapshot['frontend'],
  { frontend }: Pick<EnvironmentServices, 'frontend'>,
  clock: Clock,
): Promise<LegResult> {
  if (before === null) return nothingKept
  if (frontend === null) return notSet('VERCEL_TOKEN')
  const until = clock.now() + moveTakesMs
  for (;;) {
    const moved = await frontend.rollBack(before.id)
    if (!moved.ok) return failed(moved.failure)
    if (moved.value.isLive) return { ok: true }
    if (clock.now() >= until)
      return { ok: false, detail: 'The move of the domains was taken and is late.', isFinal: false }
    await new Promise<void>((resolve) => clock.after(moveAgainMs, resolve))
  }
}

function notSet(name: string): LegResult {
  return { ok: false, detail: `${name} is not set.`, isFinal: true }
}

function failed(failure: ServiceFailure): LegResult {
  const isFinal = failure.type === 'unauthorized' || failure.type === 'not_found'
  return { ok: false, detail: failureWords(failure), isFinal }
}

/** Why a call did not do, for people. */
function failureWords(failure: ServiceFailure): string {
  if (failure.type !== 'rate_limited') return failure.detail
  return `It wants a pause of ${Math.ceil(failure.retryAfterMs / 1000)} s.`
}
