import { type ListedEffect, listEffects, reviveEffects } from '../store/outbox.ts'
import { UsageError } from './usage-error.ts'
import { type StoreOptions, withStore } from './with-store.ts'

const listLimit = 500

/** Lists what was given up and, with `all`, what waits; for people or as JSON lines. */
export async function listOutbox(
  options: StoreOptions & { readonly all: boolean; readonly json: boolean },
): Promise<string> {
  const states = options.all ? (['queued', 'dead'] as const) : (['dead'] as const)
  const effects = await withStore(options, 'read', (store) => listEffects(store.db, { states, limit: listLimit }))
  if (options.json) return effects.map((effect) => JSON.stringify(forMachines(effect))).join('\n')
  if (effects.length === 0) return options.all ? 'The outbox is empty.' : 'Nothing was given up.'
  const lines = effects.map(forPeople)
  if (effects.length === listLimit) lines.push(`… the first ${listLimit} are shown`)
  return lines.join('\n')
}

function forMachines(effect: ListedEffect) {
  const { id, type, state, attempts, error } = effect
  return { id, type, state, attempts, created_at: new Date(effect.createdAt).toISOString(), error }
}

function forPeople(effect: ListedEffect): string {
  const state = effect.state === 'dead' ? 'given up' : 'waiting '
  const since = new Date(effect.createdAt).toISOString()
  const why = effect.error === null ? '' : `\n    ${effect.error}`
  return `${state}  ${effect.type}  ${effect.id}  since ${since}, ${effect.attempts} attempts${why}`
}

/** Queues given-up effects again: the named ones, or all. */
export async function retryOutbox(
  options: StoreOptions & { readonly ids: readonly string[]; readonly all: boolean },
): Promise<string> {
  if (options.ids.length === 0 && !options.all) {
    throw new UsageError('say which: sluice outbox retry ID…, or sluice outbox retry --all')
  }
  const count = await withStore(options, 'write', (store) =>
    store.transaction((tx) => reviveEffects(tx, options.all ? [] : options.ids, Date.now())),
  )
  if (count === 0 && options.ids.length > 0) throw new UsageError('none of these was given up (see sluice outbox list)')
  return count === 1 ? '1 call is queued again.' : `${count} calls are queued again.`
}
