import type { SlackHandlerDeps } from '../handlers/slack/deps.ts'
import { escapeMrkdwn } from '../src/cards/escape.ts'
import { helpView } from '../src/cards/help-view.ts'
import type { DeployCommand } from '../src/grammar/deploy-command.ts'
import { deployHelp } from '../src/grammar/deploy-help.ts'
import { type CommandAnswer, press, said, type Typed, told } from './answers.ts'
import { helpLines } from './help-lines.ts'
import { openForm } from './open-form.ts'
import { steer } from './steer.ts'
import { whichRelease } from './which-release.ts'

/** Does what a command says. Whatever it changes is in the inbox when this resolves. */
export async function carryOut(command: DeployCommand, typed: Typed, deps: SlackHandlerDeps): Promise<CommandAnswer> {
  const { desk } = deps.engine
  const { userId, teamId } = typed.press
  switch (command.type) {
    case 'help': {
      const title = command.topic === null ? 'What /deploy can do' : `/deploy help ${command.topic}`
      return told(async () => helpView(title, helpLines(deployHelp(command.topic, typed.context)), 'classic'))
    }
    case 'open_modal':
      return told(() => openForm(command.repository, typed, deps))
    case 'request': {
      const { repository, environment, strategy, ref, note } = command
      const ask = { repository, environment, strategy, ref, note, rule: null }
      const { press } = typed
      await deps.engine.submit({ id: `slack:${press.id}`, type: 'gate.asked', body: { press, ask } })
      const tell = async () => {
        const where = await desk.channelsOf(repository)
        return said(`Looking at what would go to ${escapeMrkdwn(environment)}. The card comes to ${where} in a moment.`)
      }
      return { tell, isHandedOver: true }
    }
    case 'plan':
      return told(() => desk.plan({ ...command, userId, teamId }))
    case 'why':
      return told(() => desk.why({ ...command, strategy: null, userId, teamId }))
    case 'status':
      return told(() => desk.status(command))
    case 'history':
      return told(() => desk.history(command))
    case 'who':
      return told(() => desk.who(command))
    case 'show':
      return told(
        async () =>
          (await desk.show(command.releaseId)) ??
          said('No release has this id, or several begin so. /deploy history lists them.'),
      )
    case 'card':
      return told(async () => {
        const { releaseId, answer } = await whichRelease(command.releaseId, 'card', typed.context.ofChannel, deps)
        if (releaseId === null) return answer
        return (await desk.card(releaseId)) ?? said('This release is not there any more.')
      })
    case 'cancel': {
      const { releaseId, answer } = await whichRelease(command.releaseId, 'cancel', typed.context.ofChannel, deps)
      if (releaseId === null) return told(async () => answer)
      return await press({ type: 'cancel', releaseId, seen: null, why: command.why }, typed, deps)
    }
    case 'lock':
      return await press({ ...command, takesOver: false }, typed, deps)
    case 'unlock':
    case 'freeze':
    case 'unfreeze':
      return await press(command, typed, deps)
    case 'hold':
    case 'resume':
    case 'advance':
    case 'promote':
    case 'extend':
    case 'adopt':
    case 'restore':
    case 'approve_step':
    case 'rollback':
      return await steer(command, typed, deps)
    default:
      return command satisfies never
  }
}
