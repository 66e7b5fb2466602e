/**
 * The modal that asks for a release. Its menus hold short digests instead of names: a name can be longer than Slack
 * takes, and a digest that is not configured any more is found out when it is submitted.
 */
import { createHash } from 'node:crypto'
import type { InputBlock, ModalView, PlainTextOption } from '@slack/types'
import { z } from 'zod'
import {
  inputBlock,
  type ModalPlace,
  malformed,
  modal,
  plain,
  readFields,
  readJson,
  type Submission,
  textField,
} from './modal.ts'
import { name } from './spans.ts'
import { type Strategy, strategies, strategyWords } from './strategy-words.ts'

export const deployModalId = 'deploy_modal'
/** `action_id` of the menu of environments: its choice changes the strategies, see `readDeployChoice`. */
export const deployEnvironmentAction = 'deploy_environment'
/** `action_id` of the menu that asks for suggestions while somebody types. */
export const deployRefAction = 'deploy_ref'

const maxOptions = 100
const maxOptionValue = 75
const maxNote = 300

/** An environment that can be asked for. */
export interface DeployPlace {
  readonly repository: string
  readonly environment: string
  /** At least one; the first is taken when none is chosen. */
  readonly strategies: readonly Strategy[]
}

export interface DeployChoice {
  readonly repository: string
  readonly environment: string
  readonly strategy: Strategy | null
  /** Null: the newest commit of the default branch. */
  readonly ref: string | null
  readonly note: string | null
}

export interface DeploySubmission {
  readonly choice: DeployChoice
  readonly place: ModalPlace | null
}

export interface DeployModalInput {
  /** Those that the person may ask for, the likeliest first; at most 100 are shown. */
  readonly places: readonly DeployPlace[]
  /** What is filled in already. */
  readonly initial: Partial<DeployChoice>
  readonly place: ModalPlace | null
}

const metadataSchema = z.object({ place: z.object({ channel: z.string(), ts: z.string() }).nullable() })

export function deployModal({ places, initial, place }: DeployModalInput): ModalView {
  const shown = places.slice(0, maxOptions)
  const chosen =
    shown.find((one) => one.repository === initial.repository && one.environment === initial.environment) ??
    shown.find((one) => one.repository === initial.repository && initial.environment === undefined) ??
    shown[0]
  if (chosen === undefined) {
    return {
      type: 'modal',
      title: plain('Deploy', 24),
      close: plain('Back', 24),
      blocks: [{ type: 'section', text: plain('There is no environment that you may ask a release for.', 200) }],
    }
  }
  return modal({
    callbackId: deployModalId,
    title: 'Deploy',
    submit: 'Ask for release',
    metadata: JSON.stringify({ place }),
    blocks: [
      environmentField(shown, chosen),
      strategyField(chosen, initial.strategy ?? null),
      refField(initial.ref ?? null),
      textField({
        id: 'note',
        label: 'Note for the approvers',
        optional: true,
        max: maxNote,
        placeholder: 'Why now, what to look at',
        initial: initial.note ?? null,
      }),
    ],
  })
}

/** Reads what was submitted; `places` are those that the person may ask for now. */
export function readDeployModal(view: unknown, places: readonly DeployPlace[]): Submission<DeploySubmission> {
  const fields = readFields(view, deployModalId)
  const metadata = fields === null ? null : metadataSchema.safeParse(readJson(fields.metadata))
  if (fields === null || metadata === null || !metadata.success) return malformed
  const environment = findPlace(fields.choice(deployEnvironmentAction), places)
  if (environment === null) {
    return { type: 'mistakes', errors: { [deployEnvironmentAction]: 'Choose one of these environments.' } }
  }
  const strategyId = strategyFieldId(environment)
  const strategy = environment.strategies.find((one) => one === fields.choice(strategyId)) ?? null
  if (strategy === null) {
    const allowed = environment.strategies.join(', ')
    return { type: 'mistakes', errors: { [strategyId]: name(`This environment takes: ${allowed}.`, 150) } }
  }
  const choice = {
    repository: environment.repository,
    environment: environment.environment,
    strategy,
    ref: fields.choice(deployRefAction),
    note: fields.text('note'),
  }
  return { type: 'submitted', value: { choice, place: metadata.data.place } }
}

/** Where the open modal was asked for, from its `private_metadata`; null when that is not known. */
export function readDeployModalPlace(metadata: string): ModalPlace | null {
  const parsed = metadataSchema.safeParse(readJson(metadata))
  return parsed.success ? parsed.data.place : null
}

/** The place that somebody has just chosen in the open modal (`block_actions` of the menu of environments), or null. */
export function readDeployChoice(value: string, places: readonly DeployPlace[]): DeployPlace | null {
  return findPlace(value, places)
}

/** What is wrong with a request, at the field where it can be mended: the answer `response_action: errors`. */
export function deployMistake(
  reason: 'ref' | 'environment' | 'strategy' | 'note',
  message: string,
  environment: DeployPlace,
): Readonly<Record<string, string>> {
  const fieldIds = {
    ref: deployRefAction,
    environment: deployEnvironmentAction,
    strategy: strategyFieldId(environment),
    note: 'note',
  }
  return { [fieldIds[reason]]: name(message, 300) }
}

/** A ref as the menu shows it. */
export interface RefChoice {
  readonly type: 'branch' | 'tag' | 'commit'
  readonly ref: string
  readonly title: string
  readonly isGreen: boolean | null
}

/**
 * The options for what somebody has typed so far: first what they typed, so that any ref can be asked for, then what
 * was found. Refs longer than Slack takes in a menu are left out; the command takes them.
 */
export function refOptions(typed: string, found: readonly RefChoice[]): readonly PlainTextOption[] {
  const text = typed.trim()
  const isFound = found.some(({ ref }) => ref === text)
  const asTyped: PlainTextOption[] =
    text === '' || isFound || text.length > maxOptionValue || /\s/.test(text)
      ? []
      : [{ text: plain(`${text} (as typed)`, 75), value: text.toWellFormed() }]
  const usable = found.filter(({ ref }) => ref !== '' && ref.length <= maxOptionValue && ref.isWellFormed())
  return [...asTyped, ...usable.map(refOption)].slice(0, maxOptions)
}

function refOption({ type, ref, title, isGreen }: RefChoice): PlainTextOption {
  const green = { true: '✓ green', false: '✗ not green', null: '' }[String(isGreen)] ?? ''
  const shown = type === 'commit' ? ref.slice(0, 7) : ref
  const about = [type, green, title].filter((part) => part !== '').join(' · ')
  return { text: plain(shown, 75), value: ref, description: plain(about, 75) }
}

function environmentField(places: readonly DeployPlace[], chosen: DeployPlace): InputBlock {
  const hasSeveral = new Set(places.map(({ repository }) => repository)).size > 1
  const option = (one: DeployPlace): PlainTextOption => {
    const text = plain(one.environment, 75)
    return hasSeveral
      ? { text, value: placeId(one), description: plain(one.repository, 75) }
      : { text, value: placeId(one) }
  }
  return {
    ...inputBlock(
      { id: deployEnvironmentAction, label: 'Where to' },
      {
        type: 'static_select',
        action_id: deployEnvironmentAction,
        options: places.map(option),
        initial_option: option(chosen),
      },
    ),
    dispatch_action: true,
  }
}

function strategyField(place: DeployPlace, initial: Strategy | null): InputBlock {
  const option = (strategy: Strategy): PlainTextOption => ({
    text: plain(strategy, 75),
    value: strategy,
    description: plain(strategyWords[strategy], 75),
  })
  const offered = strategies.filter((one) => place.strategies.includes(one))
  const first = place.strategies[0]
  const chosen = offered.find((one) => one === initial) ?? first
  const id = strategyFieldId(place)
  return inputBlock(
    { id, label: 'How' },
    {
      type: 'radio_buttons',
      action_id: id,
      options: offered.map(option),
      ...(chosen === undefined ? {} : { initial_option: option(chosen) }),
    },
  )
}

function refField(initial: string | null): InputBlock {
  const isUsable = initial !== null && initial !== '' && initial.length <= maxOptionValue && initial.isWellFormed()
  return inputBlock(
    {
      id: deployRefAction,
      label: 'What',
      optional: true,
      hint: 'Empty: the newest commit of the default branch. Anything else can be typed, such as main~1.',
    },
    {
      type: 'external_select',
      action_id: deployRefAction,
      min_query_length: 0,
      placeholder: plain('Commit, tag or branch', 150),
      ...(isUsable ? { initial_option: { text: plain(initial, 75), value: initial } } : {}),
    },
  )
}

/** Slack keeps what was chosen in a field of the same id, which would be another environment's strategy. */
function strategyFieldId(place: DeployPlace): string {
  return `strategy_${placeId(place)}`
}

function findPlace(id: string | null, places: readonly DeployPlace[]): DeployPlace | null {
  return places.find((one) => placeId(one) === id) ?? null
}

function placeId({ repository, environment }: DeployPlace): string {
  return createHash('sha256')
    .update(JSON.stringify([repository, environment]))
    .digest('hex')
    .slice(0, 16)
}
