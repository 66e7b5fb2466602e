import { expect, it, onTestFinished } from 'vitest'
import { GateMachine } from '../../simulation/gate-machine.ts'
import { GatePlay } from '../../simulation/gate-play.ts'

it('takes a declared freeze off the cards of an environment when it is over, before they are read anew', async () => {
  const machine = new GateMachine()
  onTestFinished(() => machine.close())
  const act = { act: 'environment', type: 'freeze', environment: 0, takesOver: false, which: 0, human: 1 } as const
  await new GatePlay(machine).play([
    { what: act, thenMs: 60_000 },
    { what: { act: 'ask', human: 0, commit: 0, isDirect: false }, thenMs: 60_000 },
  ])
  const card = () => machine.slack.messages.find(({ mark }) => mark.startsWith('card:'))?.content
  expect(card()).toContain('Frozen')
  // It was declared for a quarter of an hour; the evidence is read anew a quarter of an hour after the request.
  await machine.pass(13 * 60_000 + 20_000)
  expect(card()).not.toContain('Frozen')
})
