/**
 * What the buttons of the gate carry in `value`. A value says what a button is about and decides nothing: who pressed
 * comes from Slack, and whether the card was the newest one is compared with the store. Values are read back strictly,
 * because somebody can send any value with a forged press.
 */
import { type Strategy, strategies } from './strategy-words.ts'

/** The release and the state of its card that a button was drawn for. */
export interface GateValue {
  readonly releaseId: string
  readonly generation: number
  readonly planDigest: string
}

/** The release and the state of its rollout that a button was drawn for. */
export interface RolloutValue {
  readonly releaseId: string
  readonly generation: number
  /** Index of the step. */
  readonly step: number
}

export interface EnvironmentValue {
  /** `owner/name`. */
  readonly repository: string
  readonly environment: string
}

/** A request that a button makes: as if it had been typed. */
export interface RequestValue extends EnvironmentValue {
  readonly strategy: Strategy | null
  readonly ref: string | null
}

const gatePattern = /^([0-9A-HJKMNP-TV-Z]{26}) (\d{1,9}) ([0-9a-f]{64})$/
const rolloutPattern = /^([0-9A-HJKMNP-TV-Z]{26}) (\d{1,9}) step (\d{1,3})$/
const repositoryPattern = /^[\w.-]{1,100}\/[\w.-]{1,100}$/
const maxName = 255
/** Stands for what was not said. */
const nothing = '-'
/** What Slack takes in a button. */
export const maxValue = 2000

/** `releaseId generation planDigest`. */
export function gateValue(value: GateValue): string {
  return `${value.releaseId} ${value.generation} ${value.planDigest}`
}

/** Reads what `gateValue` wrote; null when it is anything else. */
export function readGateValue(value: string): GateValue | null {
  const [, releaseId, generation, planDigest] = gatePattern.exec(value) ?? []
  if (releaseId === undefined || generation === undefined || planDigest === undefined) return null
  return { releaseId, generation: Number(generation), planDigest }
}

/** `releaseId generation step N`. */
export function rolloutValue({ releaseId, generation, step }: RolloutValue): string {
  return `${releaseId} ${generation} step ${step}`
}

/** Reads what `rolloutValue` wrote; null when it is anything else. */
export function readRolloutValue(value: string): RolloutValue | null {
  const [, releaseId, generation, step] = rolloutPattern.exec(value) ?? []
  if (releaseId === undefined || generation === undefined || step === undefined) return null
  return { releaseId, generation: Number(generation), step: Number(step) }
}

/** `repository environment`, the environment's name encoded: it may hold spaces. */
export function environmentValue({ repository, environment }: EnvironmentValue): string {
  return `${repository} ${encoded(environment)}`
}

/** Reads what `environmentValue` wrote; null when it is anything else. */
export function readEnvironmentValue(value: string): EnvironmentValue | null {
  const [repository, environment, ...rest] = words(value)
  return rest.length === 0 ? checkedPlace(repository, environment) : null
}

/** `repository environment strategy ref`, with `-` for what was not said. */
export function requestValue({ repository, environment, strategy, ref }: RequestValue): string {
  const asked = ref === null ? nothing : `=${encoded(ref)}`
  return `${repository} ${encoded(environment)} ${strategy ?? nothing} ${asked}`
}

/** Reads what `requestValue` wrote; null when it is anything else. */
export function readRequestValue(value: string): RequestValue | null {
  const [repository, environment, strategyWord, refWord, ...rest] = words(value)
  if (rest.length > 0 || refWord === undefined) return null
  const strategy = strategies.find((known) => known === strategyWord) ?? null
  if (strategy === null && strategyWord !== nothing) return null
  const ref = refWord.startsWith('=') ? decoded(refWord.slice(1)) : null
  if (ref === null && refWord !== nothing) return null
  const place = checkedPlace(repository, environment)
  return place === null ? null : { ...place, strategy, ref }
}

function checkedPlace(repository: string | undefined, environment: string | undefined): EnvironmentValue | null {
  if (repository === undefined || environment === undefined || !repositoryPattern.test(repository)) return null
  const name = decoded(environment)
  return name === null ? null : { repository, environment: name }
}

function words(value: string): readonly string[] {
  return value.length > maxValue ? [] : value.split(' ')
}

/** Without spaces, which separate, and without what cannot be seen. */
function encoded(text: string): string {
  return text.toWellFormed().replace(/[%\s\p{C}]/gu, encodeURIComponent)
}

/** Null for what `encoded` cannot have made, for nothing, and for names longer than any that exist. */
function decoded(text: string): string | null {
  if (text === '') return null
  try {
    const name = decodeURIComponent(text)
    return name.length <= maxName && encoded(name) === text ? name : null
  } catch {
    // A percent sign that encodes no character.
    return null
  }
}
