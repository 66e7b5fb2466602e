import { actionIds, type Block, findElement, isRecord } from './blocks.ts'
import type { Deliveries } from './deliveries.ts'
import { addMessage, presentMessage } from './messages.ts'
import type { Interactions, Press } from './person-acts.ts'
import { issueResponseUrl, showResponse } from './response-urls.ts'
import { type Channel, formatTs, type User, type View } from './state.ts'
import { issueTrigger } from './triggers.ts'
import { changeView, checkView, presentView, pushView, viewSchema } from './views.ts'
import type { World } from './world.ts'

const verificationToken = 'simulated-verification-token'

export function createInteractions(world: World, deliveries: Deliveries): Interactions {
  const interact = (payload: Readonly<Record<string, unknown>>) => deliveries.deliver({ kind: 'interactive', payload })
  const actionTs = () => formatTs(world.clock.now() * 1000)

  return {
    press(press) {
      const user = personOf(world, press.user)
      const place = press.view === undefined ? messagePlace(world, press) : viewPlace(world, press.view)
      const found = findElement(place.blocks, press)
      if (found === null) {
        const there = actionIds(place.blocks).join(', ') || 'none'
        throw new Error(`There is nothing to press with action_id ${press.actionId} here; there is: ${there}.`)
      }
      const { action_id, type, text, value, style } = found.element
      return interact({
        type: 'block_actions',
        ...place.payload(user),
        ...envelope(world, user),
        trigger_id: issueTrigger(world, user.id, press.view ?? null),
        actions: [
          {
            type,
            action_id,
            block_id: found.blockId,
            ...(text === undefined ? {} : { text }),
            ...(value === undefined ? {} : { value }),
            ...(style === undefined ? {} : { style }),
            ...press.selected,
            action_ts: actionTs(),
          },
        ],
      })
    },

    async command({ user: userId, channel: channelId, command, text = '' }) {
      const user = personOf(world, userId)
      const channel = channelOf(world, channelId)
      const target = { channel: channel.id, user: user.id, ts: null }
      const delivery = await deliveries.deliver({
        kind: 'slash_commands',
        payload: {
          token: verificationToken,
          team_id: user.teamId,
          team_domain: world.state.team.domain,
          channel_id: channel.id,
          channel_name: channel.name,
          user_id: user.id,
          user_name: user.name,
          command,
          text,
          api_app_id: world.state.app.id,
          is_enterprise_install: 'false',
          response_url: issueResponseUrl(world, target),
          trigger_id: issueTrigger(world, user.id),
        },
      })
      // The acknowledgement may carry the answer: text, or a message.
      const { body } = delivery
      if ((typeof body === 'string' && body !== '') || (isRecord(body) && ('text' in body || 'blocks' in body))) {
        showResponse(world, target, body)
      }
      return delivery
    },

    async submit({ user: userId, view: viewId, values = {} }) {
      const view = viewOf(world, viewId)
      const user = personOf(world, userId)
      const delivery = await interact({
        type: 'view_submission',
        ...envelope(world, user),
        trigger_id: issueTrigger(world, user.id, view.id),
        view: presentView(world, view, stateValues(view, values)),
        response_urls: [],
      })
      if (delivery.acknowledged) applyResponseAction(world, view, delivery.body)
      return delivery
    },

    type({ user: userId, view: viewId, actionId, typed, values = {} }) {
      const view = viewOf(world, viewId)
      const user = personOf(world, userId)
      const found = findElement(view.blocks, { actionId })
      if (found?.element.type !== 'external_select') throw new Error(`The view has no menu ${actionId} to type into.`)
      return interact({
        type: 'block_suggestion',
        ...envelope(world, user),
        container: { type: 'view', view_id: view.id },
        view: presentView(world, view, stateValues(view, values)),
        action_id: actionId,
        block_id: found.blockId,
        value: typed,
      })
    },

    async closeView({ user: userId, view: viewId }) {
      const view = viewOf(world, viewId)
      delete world.state.views[view.id]
      if (!view.notifyOnClose) return null
      return await interact({
        type: 'view_closed',
        ...envelope(world, personOf(world, userId)),
        view: presentView(world, view),
        is_cleared: false,
      })
    },

    shortcut({ user: userId, callbackId, channel: channelId, ts }) {
      const user = personOf(world, userId)
      const common = {
        callback_id: callbackId,
        ...envelope(world, user),
        trigger_id: issueTrigger(world, user.id),
        action_ts: actionTs(),
      }
      if (channelId === undefined || ts === undefined) return interact({ type: 'shortcut', ...common })
      const channel = channelOf(world, channelId)
      const message = channel.messages[ts]
      if (message === undefined) throw new Error(`There is no message ${ts} in channel ${channelId}.`)
      return interact({
        type: 'message_action',
        ...common,
        channel: { id: channel.id, name: channel.name },
        message_ts: ts,
        message: presentMessage(world, channel, message),
        response_url: issueResponseUrl(world, { channel: channel.id, user: user.id, ts }),
      })
    },

    say({ user, channel: channelId, text, threadTs }) {
      personOf(world, user)
      const channel = channelOf(world, channelId)
      return addMessage(world, channel, { user, botId: null, text, threadTs: threadTs ?? null }).ts
    },
  }
}

/** What every interaction says of the app, the workspace and the person. */
function envelope(world: World, user: User) {
  return {
    api_app_id: world.state.app.id,
    token: verificationToken,
    team: { id: world.state.team.id, domain: world.state.team.domain },
    enterprise: null,
    is_enterprise_install: false,
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
  }
}

interface Place {
  readonly blocks: readonly Block[]
  readonly payload: (user: User) => Readonly<Record<string, unknown>>
}

function messagePlace(world: World, { channel: channelId, ts, user: userId }: Press): Place {
  if (channelId === undefined || ts === undefined) throw new Error('A press needs a channel and a ts, or a view.')
  const channel = channelOf(world, channelId)
  const message = channel.messages[ts]
  const ephemeral = world.state.ephemerals.find(
    (candidate) => candidate.ts === ts && candidate.channel === channelId && candidate.user === userId,
  )
  const shown = message ?? ephemeral
  if (shown === undefined) throw new Error(`There is no message ${ts} in channel ${channelId} that ${userId} can see.`)
  const thread = shown.threadTs === null ? {} : { thread_ts: shown.threadTs }
  return {
    blocks: shown.blocks,
    payload: (user) => ({
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channel.id,
        is_ephemeral: message === undefined,
        ...thread,
      },
      channel: { id: channel.id, name: channel.name },
      ...(message === undefined ? {} : { message: presentMessage(world, channel, message) }),
      state: { values: {} },
      response_url: issueResponseUrl(world, { channel: channel.id, user: user.id, ts }),
    }),
  }
}

function viewPlace(world: World, viewId: string): Place {
  const view = viewOf(world, viewId)
  return {
    blocks: view.blocks,
    payload: () => ({ container: { type: 'view', view_id: view.id }, view: presentView(world, view) }),
  }
}

/** The values of a modal's inputs, plain text turned into what Slack sends for a text input. */
function stateValues(
  view: View,
  values: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).map(([blockId, actions]) => {
      const known = view.blocks.some((block) => block.block_id === blockId)
      if (!known) throw new Error(`The view has no block ${blockId}.`)
      const entries = Object.entries(actions).map(([actionId, value]) => [
        actionId,
        typeof value === 'string' ? { type: 'plain_text_input', value } : value,
      ])
      return [blockId, Object.fromEntries(entries)]
    }),
  )
}

/** What the answer to a submission does with the modal: keep it with errors, change it, push another one, or close. */
function applyResponseAction(world: World, view: View, body: unknown): void {
  const action = isRecord(body) ? body.response_action : undefined
  if (action === 'errors') return
  if ((action === 'update' || action === 'push') && isRecord(body)) {
    const parsed = viewSchema.safeParse(body.view)
    const wrong = parsed.success
      ? checkView(world, parsed.data, 'modal', action === 'update' ? view : null)
      : parsed.error.message
    if (!parsed.success || wrong !== null) {
      throw new Error(`The answer to the submission has a view that Slack would refuse: ${JSON.stringify(wrong)}`)
    }
    if (action === 'update') changeView(world, view, parsed.data)
    else pushView(world, view, parsed.data)
    return
  }
  for (const other of Object.values(world.state.views)) {
    if (other.id === view.id || (action === 'clear' && other.rootViewId === view.rootViewId)) {
      delete world.state.views[other.id]
    }
  }
}

function personOf(world: World, id: string): User {
  const user = world.state.users[id]
  if (user === undefined) throw new Error(`Nobody in the simulated workspace has the id ${id}.`)
  return user
}

function channelOf(world: World, id: string): Channel {
  const channel = world.state.channels[id]
  if (channel === undefined) throw new Error(`The simulated workspace has no channel ${id}.`)
  return channel
}

function viewOf(world: World, id: string): View {
  const view = world.state.views[id]
  if (view === undefined) throw new Error(`There is no view ${id}, or it has been closed.`)
  return view
}
