import type { Secrets } from './config.ts'
import { Secret } from './secret.ts'
import type { ValueFault } from './value-checks.ts'

/** Either a token or a user with a password, or nothing. */
type Name = 'PROMETHEUS_TOKEN' | 'PROMETHEUS_USER' | 'PROMETHEUS_PASSWORD'

/** @returns which of the variables does not go with the others, and why; null when all is well */
export function prometheusFault(isPresent: (name: Name) => boolean): (ValueFault & { readonly name: Name }) | null {
  const [hasUser, hasPassword] = [isPresent('PROMETHEUS_USER'), isPresent('PROMETHEUS_PASSWORD')]
  if (isPresent('PROMETHEUS_TOKEN') && (hasUser || hasPassword)) {
    return {
      name: 'PROMETHEUS_TOKEN',
      what: 'Both a token and a password for Prometheus are set, and a request carries one of them.',
      mend: 'Unset PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD.',
    }
  }
  if (hasUser === hasPassword) return null
  const name = hasUser ? 'PROMETHEUS_PASSWORD' : 'PROMETHEUS_USER'
  return {
    name,
    what: `${name} is not set, and basic authentication needs both.`,
    mend: 'Set it too, or unset the other.',
  }
}

export function prometheusCredentials(value: (name: Name) => string | undefined): Secrets['prometheus'] {
  const [token, user, password] = [value('PROMETHEUS_TOKEN'), value('PROMETHEUS_USER'), value('PROMETHEUS_PASSWORD')]
  if (token !== undefined) return Object.freeze({ type: 'bearer', token: new Secret(token) })
  if (user === undefined || password === undefined) return null
  return Object.freeze({ type: 'basic', user, password: new Secret(password) })
}
