import type { DeployCommand, RefInput } from './deploy-command.ts'
import { writeDuration } from './duration.ts'
import { protectText } from './read-text.ts'
import { quote } from './tokenize.ts'
import { isVocabulary } from './vocabulary.ts'

/**
 * A command in its canonical form, without `/deploy`: names in full, texts in quotes. Parsing it in a context that has
 * these names gives the same command again.
 */
export function formatCommand(command: DeployCommand): string {
  return words(command)
    .filter((word) => word !== null)
    .join(' ')
}

function words(command: DeployCommand): readonly (string | null)[] {
  switch (command.type) {
    case 'help':
      return ['help', command.topic]
    case 'open_modal':
      return [command.repository]
    case 'request':
      return [...target(command), command.strategy, writeRef(command.ref), writeText('note', command.note)]
    case 'plan':
      return ['plan', ...target(command), command.strategy, writeRef(command.ref)]
    case 'why':
      return ['why', ...target(command), writeRef(command.ref)]
    case 'status':
      return ['status', ...target(command)]
    case 'history':
      return ['history', ...target(command), String(command.limit)]
    case 'show':
      return ['show', command.releaseId]
    case 'card':
      return ['card', command.releaseId]
    case 'lock':
    case 'freeze': {
      const forMs = command.forMs === null ? null : `for:${writeDuration(command.forMs)}`
      return [command.type, ...target(command), forMs, writeText('reason', command.why)]
    }
    case 'unlock':
    case 'unfreeze':
    case 'who':
      return [command.type, ...target(command)]
    case 'resume':
    case 'advance':
    case 'promote':
    case 'adopt':
    case 'restore':
      return [command.type, ...target(command)]
    case 'approve_step':
      return ['approve-step', ...target(command)]
    case 'hold':
    case 'rollback':
      return [command.type, ...target(command), writeText('reason', command.why)]
    case 'extend':
      return ['extend', ...target(command), `for:${writeDuration(command.ms)}`]
    case 'cancel':
      return ['cancel', command.releaseId, writeText('reason', command.why)]
  }
}

function target(place: { readonly repository: string | null; readonly environment: string | null }): (string | null)[] {
  return [place.repository, place.environment === null ? null : writeEnvironment(place.environment)]
}

/** An environment of a repository as a command names it. */
export function writePlace(place: { readonly repository: string; readonly environment: string }): string {
  return target(place).join(' ')
}

/** The name of an environment as a command says it: bare where it can be nothing else. */
export function writeEnvironment(name: string): string {
  if (/^[a-z][\w-]*$/i.test(name) && !isVocabulary(name)) return name
  return `env:${/^[a-z][\w-]*$/i.test(name) ? name : quote(protectText(name))}`
}

function writeRef(ref: RefInput | null): string | null {
  if (ref === null) return null
  switch (ref.type) {
    case 'ref':
      return `ref:${/^[\w./~^-]+$/.test(ref.ref) ? ref.ref : quote(protectText(ref.ref))}`
    case 'pull':
      return `#${ref.number}`
    case 'run':
      return `run:${ref.runId}`
  }
}

function writeText(key: 'note' | 'reason', text: string | null): string | null {
  return text === null ? null : `${key}:${quote(protectText(text))}`
}
