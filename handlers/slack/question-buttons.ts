/** Buttons that ask and change nothing: what is where, what stands in the way, the plan, who may, history, story. */
import type { AllMiddlewareArgs, App, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt'
import { helpLines } from '../../commands/help-lines.ts'
import { actionPattern } from '../../src/cards/button.ts'
import { readEnvironmentValue, readGateValue, readRequestValue } from '../../src/cards/button-values.ts'
import { gateActions, queryActions, requestActions } from '../../src/cards/gate-actions.ts'
import { helpView } from '../../src/cards/help-view.ts'
import type { Rendered } from '../../src/cards/rendered.ts'
import { deployHelp } from '../../src/grammar/deploy-help.ts'
import { reasons } from '../../src/policy/reason-codes.ts'
import { answerPressed } from './answer-pressed.ts'
import type { SlackHandlerDeps } from './deps.ts'
import { malformed } from './gate-buttons.ts'
import { type PressedButton, readPressed } from './pressed.ts'
import { turnAway } from './turn-away.ts'

type Arguments = SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs
type Listener = (args: Arguments) => Promise<void>
type Answers = Promise<Rendered | readonly Rendered[] | null>

export function registerQuestionButtons(app: App, deps: SlackHandlerDeps): void {
  const { desk } = deps.engine
  const everywhere = { repository: null, environment: null }
  const placeOf = (value: string) => (value === '-' ? everywhere : readEnvironmentValue(value))
  const whatIf = (button: PressedButton) => {
    const request = readRequestValue(button.value)
    if (request === null) return null
    const { ref, ...rest } = request
    const { userId, teamId } = button
    return { ...rest, ref: ref === null ? null : ({ type: 'ref', ref } as const), userId, teamId }
  }
  app.action(
    queryActions.status,
    question(deps, 'What is where', ({ value }) => given(placeOf(value), (place) => desk.status(place))),
  )
  app.action(
    queryActions.history,
    question(deps, 'Last releases', ({ value }) =>
      given(placeOf(value), (place) => desk.history({ ...place, limit: historyLength })),
    ),
  )
  app.action(
    queryActions.who,
    question(deps, 'Who may do what', ({ value }) => given(readEnvironmentValue(value), (place) => desk.who(place))),
  )
  app.action(
    queryActions.help,
    question(deps, 'All commands', ({ message, channelName }) => async () => {
      const context = await desk.grammar({ id: message?.channel ?? '', name: channelName })
      return helpView('What /deploy can do', helpLines(deployHelp(null, context)), 'classic')
    }),
  )
  app.action(
    requestActions.why,
    question(deps, 'In the way', (button) => given(whatIf(button), (query) => desk.why(query))),
  )
  app.action(
    requestActions.plan,
    question(deps, 'Plan', (button) => given(whatIf(button), (query) => desk.plan(query))),
  )
  app.action(
    actionPattern(gateActions.story),
    question(deps, 'Story', ({ value }) =>
      given(releaseIdPattern.test(value) ? value : null, (releaseId) => desk.show(releaseId)),
    ),
  )
  app.action(
    gateActions.evidence,
    question(deps, 'Evidence', ({ value }) => given(readGateValue(value), ({ releaseId }) => desk.evidence(releaseId))),
  )
}

const historyLength = 10
const releaseIdPattern = /^[0-9A-HJKMNP-TV-Z]{26}$/

/** Null for a button that cannot be read. */
function given<T>(value: T | null, find: (value: T) => Answers): (() => Answers) | null {
  return value === null ? null : () => find(value)
}

function question(
  deps: SlackHandlerDeps,
  title: string,
  read: (button: PressedButton) => (() => Answers) | null,
): Listener {
  return async (args) => {
    const button = readPressed(args.body)
    const find = button === null ? null : read(button)
    if (button === null || find === null) return await malformed(deps, args)
    await args.ack()
    const object = `button:${args.body.actions[0]?.action_id ?? ''}`
    const refused = await turnAway({ id: button.triggerId, userId: button.userId, object }, deps)
    const found =
      refused === null
        ? ((await find()) ?? { text: reasons.unknown_release, blocks: [] })
        : { text: refused, blocks: [] }
    await answerPressed(button, title, 'text' in found ? [found] : found, { ...deps, respond: args.respond })
  }
}
