import { ulid } from 'ulid'
import { readServiceSecrets } from '../config/read-service-secrets.ts'
import { type Clock, systemClock } from '../engine/clock.ts'
import { runDrill } from '../engine/drill/run-drill.ts'
import { environmentServices } from '../environment-services.ts'
import { knownByName } from '../policy/identity.ts'
import { drillWords } from '../release/rollout/drill.ts'
import { plainWords } from '../release/text-with-people.ts'
import { harmless } from './harmless.ts'
import { placeOf } from './place.ts'
import { pressOfAccount } from './press.ts'
import { createReport, type RollbackResult } from './rollback/report.ts'
import { isConfirmed, type Terminal } from './rollback/terminal.ts'
import { type StoreOptions, withStore } from './with-store.ts'

/**
 * Rolls an environment back and puts everything back as it was, in this process.
 *
 * @param named - an environment's name or alias
 * @throws UsageError when there is no such environment, or no store
 */
export async function drillRollback(
  options: StoreOptions & { readonly repo?: string; readonly yes: boolean; readonly clock?: Clock },
  named: string,
  terminal: Terminal,
): Promise<RollbackResult> {
  const { config, place, environment } = await placeOf(options, named)
  const { clock = systemClock } = options
  const { secrets, doubts } = await readServiceSecrets(terminal.env)
  const { say } = terminal
  for (const doubt of doubts) say(`Careful: ${doubt}`)
  if (environment.rollout.drill.isAllowed) {
    say(`A drill rolls ${place.environment} of ${place.repository} back for a few seconds, with all of its traffic.`)
    say('Then everything is put back as it is now. The environment is locked meanwhile.')
    if (!(await isConfirmed(options.yes, 'Begin?', terminal))) {
      return { isVerified: false, lines: [], json: { ...place, state: 'not_confirmed' } }
    }
  }
  const reports = {
    there: createReport((line) => say(`there  ${line}`)),
    back: createReport((line) => say(`back   ${line}`)),
  }
  // Nobody leaves an environment half-way by Ctrl-C.
  const putBackFirst = () => say('Everything is put back first.')
  process.on('SIGINT', putBackFirst)
  const outcome = await withStore(options, 'write', (store) =>
    runDrill(
      {
        place,
        environment,
        id: ulid(),
        by: knownByName(pressOfAccount().userId),
        onChange: (rollout, way) => reports[way](rollout),
      },
      { store, config, clock, servicesOf: environmentServices({ config, secrets, now: () => clock.now() }) },
    ),
  ).finally(() => process.off('SIGINT', putBackFirst))
  if (outcome.type === 'refused') {
    const detail = harmless(outcome.why)
    return { isVerified: false, lines: [`No drill. ${detail}`], json: { ...place, state: 'refused', detail } }
  }
  const { report } = outcome
  return {
    isVerified: report.isRolledBack && report.isPutBack,
    lines: [harmless(plainWords(drillWords(report)))],
    json: {
      ...place,
      state: report.isPutBack ? (report.isRolledBack ? 'done' : 'incomplete') : 'not_put_back',
      traffic_after_ms: report.trafficMs,
      all_after_ms: report.allMs,
      parts: report.parts.map(({ name, awayMs, backMs, detail }) => ({
        name,
        after_ms: awayMs,
        back_after_ms: backMs,
        detail,
      })),
      difference: report.difference,
    },
  }
}
