import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt'
import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import { turnAway } from '../handlers/slack/turn-away.ts'
import { helpView } from '../src/cards/help-view.ts'
import type { Rendered } from '../src/cards/rendered.ts'
import type { RawPress } from '../src/engine/gate/acts.ts'
import type { GrammarContext, GrammarProblem } from '../src/grammar/deploy-command.ts'
import { deployHelp } from '../src/grammar/deploy-help.ts'
import { asHelpTopic } from '../src/grammar/help-topics.ts'
import { parseDeployCommand } from '../src/grammar/parse-deploy-command.ts'
import { said, told } from './answers.ts'
import { carryOut } from './carry-out.ts'
import { helpLines } from './help-lines.ts'

type Arguments = SlackCommandMiddlewareArgs & AllMiddlewareArgs

/**
 * `/deploy`: understood here and acknowledged within Slack's three seconds whatever the services do. What changes
 * something is on disk before that. What is told names environments and releases, so it is told to those who may look.
 */
export function deployCommand(deps: SlackHandlerDeps): (args: Arguments) => Promise<void> {
  const { engine, clock, log } = deps
  return async ({ ack, command, respond }) => {
    const channel = { id: command.channel_id, name: command.channel_name }
    const context = await engine.desk.grammar(channel)
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
    const parsed = parseDeployCommand(command.text, context)
    const { tell, isHandedOver } = parsed.ok
      ? await carryOut(parsed.command, { press, channel, context, triggerId: press.id }, deps)
      : told(async () => problemView(parsed.problem, command.text, context))
    await ack()
    if (tell === undefined) return
    const type = parsed.ok ? parsed.command.type : 'unreadable'
    try {
      if (isHandedOver && (await engine.desk.lookRefusal(press.userId)) !== null) return
      const refused = isHandedOver ? null : await turnAway({ ...press, object: `command:${type}` }, deps)
      const answer = refused === null ? await tell() : said(refused)
      if (answer !== null) await respond(ephemeral(answer))
    } catch (error) {
      log.error({ err: error, command: type }, 'a command could not be answered')
      await respond({
        response_type: 'ephemeral',
        text: 'This could not be found out just now. Try again in a moment.',
      })
    }
  }
}

/** The word that was not understood, with the nearest command that would work or how that command is written. */
function problemView({ message, suggestion }: GrammarProblem, typed: string, context: GrammarContext): Rendered {
  const hints = suggestion === null ? helpOn(typed, context) : [`/deploy ${suggestion} – would work`]
  return helpView(message, helpLines(hints), 'classic')
}

/** How that command is written: by its first word, or a request's. */
function helpOn(typed: string, context: GrammarContext): readonly string[] {
  const [first = ''] = typed.trim().split(/\s+/)
  return deployHelp(asHelpTopic(first) ?? 'request', context)
}

function ephemeral({ text, blocks }: Rendered) {
  return { response_type: 'ephemeral' as const, text, blocks: [...blocks] }
}
