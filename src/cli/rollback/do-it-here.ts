import { monotonicFactory } from 'ulid'
import { trafficLane } from '../../engine/effects.ts'
import { environmentLookup, policyLookup, repositoryLookup } from '../../engine/engine-context.ts'
import type { GateAct } from '../../engine/gate/acts.ts'
import { createPipelineMemory } from '../../engine/pipeline-memory.ts'
import { releaseToRoute } from '../../engine/rollout/perform-rollout.ts'
import { rollBackAlone } from '../../engine/rollout/roll-back-alone.ts'
import { rollBackHere } from '../../engine/rollout/roll-back-here.ts'
import type { KeptState } from '../../engine/rollout/rollback-calls.ts'
import { environmentServices, makeServices } from '../../environment-services.ts'
import { knownByName } from '../../policy/identity.ts'
import { auditHead } from '../../store/audit.ts'
import { headsOfLanes } from '../../store/outbox.ts'
import { isStoreError } from '../../store/store-error.ts'
import { answerIn, type HandedIn, pressOfAccount } from '../press.ts'
import { keptStateOf } from './find-target.ts'
import { type RollbackResult, refused, resultOf, seconds } from './report.ts'
import type { Work } from './work.ts'

/** In this process. A store that cannot be written (a full disk, say) holds nothing up: what it says can be read. */
export async function doItHere(work: Work, handedIn: HandedIn | null): Promise<RollbackResult> {
  const { store, release, terminal, why, report, of } = work
  try {
    const isUnderWay = await isWriteUnderWay(work)
    const press = handedIn?.press ?? pressOfAccount()
    const before = (await auditHead(store.db)).rows
    const done = await rollBackHere(
      { release, press, why, handedIn: handedIn?.press.id ?? null, onChange: report },
      contextOf(work),
    )
    if (done !== null) {
      const result = resultOf(done, { ...of, done_by: 'command line', is_recorded: true })
      return isUnderWay ? await lookAgain(work, result) : result
    }
    const act: GateAct = { type: 'roll_back', releaseId: release.id, seen: null, why }
    return refused(await answerIn(store, act, { press, before }), of)
  } catch (error) {
    if (!isStoreError(error)) throw error
    terminal.say(`The store cannot be written (${error.message}): it is done all the same, and not written down.`)
    return await unwritten(work)
  }
}

function contextOf({ store, named: { config }, secrets, clock }: Work): Parameters<typeof rollBackHere>[1] {
  return {
    store,
    config,
    clock,
    memory: createPipelineMemory(),
    repositoryOf: repositoryLookup(config),
    policyOf: policyLookup(config),
    environmentOf: environmentLookup(config),
    newId: monotonicFactory(),
    servicesOf: environmentServices({ config, secrets, now: () => clock.now() }),
  }
}

async function unwritten(work: Work): Promise<RollbackResult> {
  const kept = await keptStateOf(work.store.db, work.release.id)
  const done = await rollBackAlone(await aloneOf(work, kept), work.report)
  return resultOf(done, { ...work.of, done_by: 'command line', is_recorded: false })
}

async function aloneOf({ store, release, rollout, named, secrets, clock, why }: Work, kept: KeptState) {
  const { config, environment } = named
  const route = await releaseToRoute(store.db, release, environment)
  return {
    environment,
    config,
    services: await makeServices(environment, { config, secrets, now: () => clock.now() }, route),
    clock,
    pools: rollout.pools,
    hasSessionAffinity: rollout.hasSessionAffinity,
    kept,
    by: knownByName(pressOfAccount().userId),
    why,
  }
}

/** A call gives up after some seconds, and what it sent may still be carried out a little later. In ms. */
const lateMs = 15_000

/** Whether another process may be setting the split just now, or was when it died: its call may land after ours. */
async function isWriteUnderWay({ store, release, clock }: Work): Promise<boolean> {
  const [head] = await headsOfLanes(store.db, [trafficLane(release)])
  return head !== undefined && head.startedAt !== null && clock.now() - head.startedAt < lateMs
}

async function lookAgain(work: Work, result: RollbackResult): Promise<RollbackResult> {
  const { terminal, clock, of } = work
  terminal.say(`Sluice was setting the split itself when this began: set and read once more in ${seconds(lateMs)}.`)
  await new Promise<void>((resolve) => clock.after(lateMs, resolve))
  const again = await rollBackAlone(await aloneOf(work, { snapshot: null, bundles: [] }), work.report)
  const last = resultOf(again, { ...of, done_by: 'command line', is_recorded: true })
  return last.isVerified ? result : last
}
