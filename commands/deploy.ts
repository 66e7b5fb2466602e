import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt'
import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import { helpView } from '../src/cards/help-view.ts'
import type { Rendered } from '../src/cards/rendered.ts'
import type { RawPress } from '../src/engine/gate/acts.ts'
import type { GrammarContext } from '../src/grammar/deploy-command.ts'
import { deployHelp } from '../src/grammar/deploy-help.ts'
import { asHelpTopic } from '../src/grammar/help-topics.ts'
import { parseDeployCommand } from '../src/grammar/parse-deploy-command.ts'
import { reasons } from '../src/policy/reason-codes.ts'
import { said } from './answers.ts'
import { carryOut } from './carry-out.ts'
import { helpLines } from './help-lines.ts'

type Arguments = SlackCommandMiddlewareArgs & AllMiddlewareArgs

/**
 * `/deploy`: understood here, answered within Slack's three seconds whatever GitHub does. What changes something is on
 * disk before that; what is only asked is answered as soon as it is known.
 */
export function deployCommand(deps: SlackHandlerDeps): (args: Arguments) => Promise<void> {
  const { engine, clock, log } = deps
  return async ({ ack, command, respond }) => {
    const channel = { id: command.channel_id, name: command.channel_name }
    const context = await engine.desk.grammar(channel)
    const parsed = parseDeployCommand(command.text, context)
    if (!parsed.ok) {
      const { message, suggestion } = parsed.problem
      const hints = suggestion === null ? helpOn(command.text, context) : [`/deploy ${suggestion} – would work`]
      await ack(ephemeral(helpView(message, helpLines(hints), 'classic')))
      return
    }
    const press: RawPress = {
      id: command.trigger_id,
      client: 'slack',
      userId: command.user_id,
      teamId: command.team_id,
      channelId: channel.id,
      threadTs: null,
      messageTs: null,
      at: clock.now(),
    }
    const answer = await carryOut(parsed.command, { press, channel, context, triggerId: command.trigger_id }, deps)
    if (answer.now !== null) await ack(ephemeral(answer.now))
    else await ack()
    if (answer.later === null) return
    try {
      const refused = await engine.desk.lookRefusal(command.user_id)
      await respond(ephemeral(refused === null ? await answer.later() : said(reasons[refused])))
    } catch (error) {
      log.error({ err: error, command: parsed.command.type }, 'a command could not be answered')
      await respond({
        response_type: 'ephemeral',
        text: 'This could not be found out just now. Try again in a moment.',
      })
    }
  }
}

/** How that command is written: by its first word, or a request's. */
function helpOn(typed: string, context: GrammarContext): readonly string[] {
  const [first = ''] = typed.trim().split(/\s+/)
  return deployHelp(asHelpTopic(first) ?? 'request', context)
}

function ephemeral({ text, blocks }: Rendered) {
  return { response_type: 'ephemeral' as const, text, blocks: [...blocks] }
}
