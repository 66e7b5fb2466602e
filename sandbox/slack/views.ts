import type { ViewsOpenResponse, ViewsPublishResponse, ViewsPushResponse, ViewsUpdateResponse } from '@slack/web-api'
import { z } from 'zod'
import { blockSchema, withIds } from './blocks.ts'
import { blockFaults } from './content.ts'
import {
  type Answer,
  jsonArgument,
  type MethodAnswer,
  type MethodCall,
  type MethodTable,
  parseArguments,
  type Refusal,
  refuse,
} from './method.ts'
import { newId, type View } from './state.ts'
import { takeTrigger } from './triggers.ts'
import type { World } from './world.ts'

const plainText = (max: number) =>
  z.looseObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max, `must be at most ${max} characters`),
  })

export const viewSchema = z.looseObject({
  type: z.enum(['modal', 'home']),
  title: plainText(24).optional(),
  submit: plainText(24).optional(),
  close: plainText(24).optional(),
  blocks: z.array(blockSchema).min(1),
  private_metadata: z.string().max(3000).default(''),
  callback_id: z.string().max(255).default(''),
  external_id: z.string().max(255).default(''),
  clear_on_close: z.boolean().default(false),
  notify_on_close: z.boolean().default(false),
})
export type ViewArgument = z.infer<typeof viewSchema>

/** A modal shows at most three views on top of each other. */
const mostViews = 3
const largestViewBytes = 250_000

function open({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ trigger_id: z.string(), view: jsonArgument(viewSchema) }), args)
  if (!parsed.ok) return parsed
  const wrong = checkView(world, parsed.value.view, 'modal')
  if (wrong !== null) return wrong
  const taken = takeTrigger(world, parsed.value.trigger_id)
  if (!taken.ok) return taken
  const view = createView(world, taken.trigger.user, parsed.value.view, null)
  return { ok: true, view: presentView(world, view) } satisfies Answer<ViewsOpenResponse>
}

function push({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ trigger_id: z.string(), view: jsonArgument(viewSchema) }), args)
  if (!parsed.ok) return parsed
  const wrong = checkView(world, parsed.value.view, 'modal')
  if (wrong !== null) return wrong
  const taken = takeTrigger(world, parsed.value.trigger_id)
  if (!taken.ok) return taken
  const below = taken.trigger.viewId === null ? undefined : world.state.views[taken.trigger.viewId]
  if (below === undefined) return refuse('not_found')
  const pushed = pushView(world, below, parsed.value.view)
  if (!pushed.ok) return pushed
  return { ok: true, view: presentView(world, pushed.view) } satisfies Answer<ViewsPushResponse>
}

const updateArguments = z.object({
  view_id: z.string().optional(),
  external_id: z.string().optional(),
  hash: z.string().optional(),
  view: jsonArgument(viewSchema),
})

function update({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(updateArguments, args)
  if (!parsed.ok) return parsed
  const { view_id, external_id, hash } = parsed.value
  const view = Object.values(world.state.views).find(
    (candidate) => candidate.id === view_id || (external_id !== undefined && candidate.externalId === external_id),
  )
  if (view === undefined) return refuse('not_found')
  if (hash !== undefined && hash !== view.hash) return refuse('hash_conflict')
  const wrong = checkView(world, parsed.value.view, view.type, view)
  if (wrong !== null) return wrong
  changeView(world, view, parsed.value.view)
  return { ok: true, view: presentView(world, view) } satisfies Answer<ViewsUpdateResponse>
}

const publishArguments = z.object({
  user_id: z.string(),
  hash: z.string().optional(),
  view: jsonArgument(viewSchema),
})

function publish({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(publishArguments, args)
  if (!parsed.ok) return parsed
  const { user_id, hash } = parsed.value
  if (world.state.users[user_id] === undefined) return refuse('user_not_found')
  const current = homeOf(world, user_id)
  const wrong = checkView(world, parsed.value.view, 'home', current)
  if (wrong !== null) return wrong
  if (hash !== undefined && current !== null && hash !== current.hash) return refuse('hash_conflict')
  const view = current ?? createView(world, user_id, parsed.value.view, null)
  if (current === null) world.state.homes[user_id] = view.id
  else changeView(world, view, parsed.value.view)
  return { ok: true, view: presentView(world, view) } satisfies Answer<ViewsPublishResponse>
}

/** The Home tab that the app has published for somebody, or null. */
export function homeOf(world: World, user: string): View | null {
  const id = world.state.homes[user]
  return id === undefined ? null : (world.state.views[id] ?? null)
}

/** Puts a view on top of another one, as `views.push` and `response_action: push` do. */
export function pushView(
  world: World,
  below: View,
  argument: ViewArgument,
): { readonly ok: true; readonly view: View } | Refusal {
  const open = Object.values(world.state.views).filter((view) => view.rootViewId === below.rootViewId)
  if (open.length >= mostViews) return refuse('push_limit_reached')
  return { ok: true, view: createView(world, below.user, argument, below) }
}

export function changeView(world: World, view: View, argument: ViewArgument): void {
  Object.assign(view, contentOf(world, argument))
  world.announce({ type: view.type === 'home' ? 'home' : 'view', user: view.user, view })
}

/**
 * What is wrong with a view, as Slack would say it, or null.
 *
 * @param replaced - the view that it takes the place of, which may keep its `external_id`
 */
export function checkView(
  world: World,
  view: ViewArgument,
  type: View['type'],
  replaced: View | null = null,
): Refusal | null {
  if (JSON.stringify(view).length > largestViewBytes) return refuse('view_too_large')
  const others = Object.values(world.state.views).filter((other) => other.id !== replaced?.id)
  if (view.external_id !== '' && others.some((other) => other.externalId === view.external_id)) {
    return refuse('duplicate_external_id')
  }
  const messages = [...blockFaults(world, view.blocks, type)]
  if (view.type !== type) messages.push(`[ERROR] must be a view of type ${type} [json-pointer:/view/type]`)
  if (type === 'modal' && view.title === undefined)
    messages.push('[ERROR] missing required field: title [json-pointer:/view]')
  if (type === 'modal' && view.submit === undefined && view.blocks.some((block) => block.type === 'input')) {
    messages.push('[ERROR] submit is required when an input block is within blocks array [json-pointer:/view]')
  }
  return messages.length === 0 ? null : refuse('invalid_arguments', { response_metadata: { messages } })
}

/** A view as Slack shows it in answers and in interactions. */
export function presentView(world: World, view: View, values: Readonly<Record<string, unknown>> = {}) {
  return {
    id: view.id,
    team_id: world.state.team.id,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    state: { values },
    hash: view.hash,
    title: view.title,
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    close: view.close,
    submit: view.submit,
    ...(view.previousViewId === null ? {} : { previous_view_id: view.previousViewId }),
    root_view_id: view.rootViewId,
    app_id: world.state.app.id,
    external_id: view.externalId,
    app_installed_team_id: world.state.team.id,
    bot_id: world.state.app.botId,
  }
}

function createView(world: World, user: string, argument: ViewArgument, below: View | null): View {
  const id = newId(world.state, 'V')
  const view: View = {
    id,
    type: argument.type,
    user,
    rootViewId: below?.rootViewId ?? id,
    previousViewId: below?.id ?? null,
    ...contentOf(world, argument),
  }
  world.state.views[id] = view
  world.announce({ type: view.type === 'home' ? 'home' : 'view', user, view })
  return view
}

function contentOf(world: World, argument: ViewArgument) {
  return {
    callbackId: argument.callback_id,
    title: argument.title ?? null,
    submit: argument.submit ?? null,
    close: argument.close ?? null,
    blocks: withIds(world.state, argument.blocks),
    privateMetadata: argument.private_metadata,
    externalId: argument.external_id,
    clearOnClose: argument.clear_on_close,
    notifyOnClose: argument.notify_on_close,
    hash: `${Math.floor(world.clock.now() / 1000)}.${newId(world.state, '', 8)}`,
  }
}

export const viewMethods: MethodTable = {
  'views.open': { scopes: [], tier: 'tier4', handler: open },
  'views.push': { scopes: [], tier: 'tier4', handler: push },
  'views.update': { scopes: [], tier: 'tier4', handler: update },
  'views.publish': { scopes: [], tier: 'tier4', handler: publish },
}
