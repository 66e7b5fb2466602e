import type { GrammarContext } from './deploy-command.ts'
import { writeEnvironment } from './format-command.ts'
import { asHelpTopic, type HelpTopic } from './help-topics.ts'
import { namesOf } from './names.ts'

/**
 * What `/deploy help` says, as plain lines for whoever draws them. Examples use the repositories and environments of
 * the context, so that each of them works where it is read.
 *
 * @param topic - null (or a word without help of its own) for the overview
 */
export function deployHelp(topic: string | null, context: GrammarContext): readonly string[] {
  const known = topic === null ? null : asHelpTopic(topic)
  const words = exampleWords(context)
  return known === null ? overview(words) : textOf(known, words)
}

interface ExampleWords {
  /** `omnihub ` where a repository has to be named, empty where it need not. */
  readonly repository: string
  readonly environment: string
  readonly earlier: string
  readonly strategy: string
}

function exampleWords(context: GrammarContext): ExampleWords {
  const names = namesOf(context)
  const repository = names.defaultRepository ?? names.meant[0]
  const environments = repository?.environments ?? []
  // Environments are listed in the order in which a commit comes to them.
  const last = environments.at(-1)
  return {
    repository: names.defaultRepository !== null || repository === undefined ? '' : `${repository.repo} `,
    environment: writeEnvironment(last?.name ?? 'production'),
    earlier: writeEnvironment(environments.at(-2)?.name ?? last?.name ?? 'staging'),
    strategy: last?.strategies[0] ?? 'canary',
  }
}

function overview({ repository, environment, earlier, strategy }: ExampleWords): readonly string[] {
  return [
    '/deploy – opens a form',
    `/deploy ${repository}${earlier} – the newest commit of the default branch to ${earlier}`,
    `/deploy ${repository}${environment} ${strategy} v1.4.2 – a tag, branch, commit, #pull request or a pasted address`,
    `/deploy plan ${repository}${environment} ${strategy} – the whole release that would be made; makes none`,
    `/deploy why ${repository}${environment} – every gate, and what clears it`,
    `/deploy status – what is where, and what is under way`,
    `/deploy history ${repository}${environment} 20 – the last releases`,
    '/deploy show ID – the whole story of one release',
    '/deploy card [ID] – the card of a release, to you alone; approve, reject and its other buttons are on it',
    `/deploy hold ${repository}${environment} reason – a rollout stands where it is; resume lets it go on`,
    `/deploy advance ${repository}${environment} – the next step of a rollout now; promote: all of the traffic now`,
    `/deploy extend ${repository}${environment} 15 min – a step is watched for longer`,
    `/deploy rollback ${repository}${environment} reason – back to what was live before, at once`,
    '/deploy cancel [ID] [reason] – calls a release off that has not begun',
    `/deploy lock ${repository}${environment} reason [for 2h] – nothing is released there; unlock takes it off`,
    `/deploy freeze ${repository}${environment} reason for 2h – as a lock, with an end; unfreeze ends it before`,
    `/deploy who ${repository}${environment} – who may ask and who may approve`,
    '/deploy help TOPIC – more on one of them, and on request, refs, strategies',
  ]
}

function textOf(topic: HelpTopic, { repository, environment, earlier, strategy }: ExampleWords): readonly string[] {
  const place = `${repository}${environment}`
  switch (topic) {
    case 'request':
      return [
        '/deploy [repository] environment [strategy] [ref] [note:text] asks for a release.',
        'The order does not matter. Without a strategy it is the first one of the environment, without a ref the newest commit of the default branch.',
        `/deploy ${place} ${strategy}`,
        `/deploy ${place} ${strategy} main~1`,
        `/deploy ${place} #123 note:"fixes the login"`,
        'A word that is not understood is never taken for something else: the answer says which one it was.',
      ]
    case 'refs':
      return [
        'What to release: a branch, tag or commit (main, v1.4.2, 4f3c2b1, main~1), a pull request (#123, PR 123), a run (run:17423342), or the address of any of them.',
        'A pull request stands for its merge commit when it is merged, otherwise for its head.',
        'A name that is spelt like an environment, a strategy or a command needs ref: before it:',
        `/deploy ${place} ref:status`,
      ]
    case 'strategies':
      return [
        'canary – a small share of the traffic first, then more, step by step',
        'blue-green – the new version beside the old one, then all traffic at once',
        'direct – the new version in place of the old one',
        'Each environment says which of them it allows.',
        `/deploy ${place} ${strategy}`,
      ]
    case 'plan':
      return [
        '/deploy plan [repository] environment [strategy] [ref] shows the release that would be made, and makes none.',
        `/deploy plan ${place} ${strategy} v1.4.2`,
      ]
    case 'why':
      return [
        '/deploy why [repository] environment [ref] lists every gate with its state and the one action that clears it.',
        `/deploy why ${place}`,
      ]
    case 'status':
      return [
        '/deploy status [repository] [environment] shows what is where, and what is under way.',
        `/deploy status`,
        `/deploy status ${place}`,
      ]
    case 'history':
      return [
        '/deploy history [repository] [environment] [how many] shows the last releases, 10 unless told, 50 at most.',
        `/deploy history ${place} 20`,
      ]
    case 'show':
      return [
        '/deploy show ID tells the whole story of one release. Ids are 26 letters and digits; history shows them.',
      ]
    case 'card':
      return [
        '/deploy card [ID] shows you the card of a release with its buttons. Without an id it is the only open one.',
        'approve, reject, withdraw, refresh, break-glass and sign-off do the same: you decide on what you see.',
      ]
    case 'cancel':
      return [
        '/deploy cancel [ID] [reason] calls a release off that has not begun. Without an id it is your only open one.',
        '/deploy cancel wrong commit',
      ]
    case 'hold':
      return [
        '/deploy hold [repository] [environment] reason stops the clock of a rollout. It is still watched, and rolled back if it fails.',
        'Without an environment it is the only one that is rolling out; where there are several, the answer lists them.',
        `/deploy hold ${place} errors look odd`,
      ]
    case 'resume':
      return ['/deploy resume [repository] [environment] lets a held rollout go on.', `/deploy resume ${place}`]
    case 'advance':
      return [
        '/deploy advance [repository] [environment] begins the next step of a rollout now, without waiting for the end of the window.',
        `/deploy advance ${place}`,
      ]
    case 'promote':
      return [
        '/deploy promote [repository] [environment] gives the new version all of the traffic now. Steps in between are passed over.',
        `/deploy promote ${place}`,
      ]
    case 'extend':
      return [
        '/deploy extend [repository] [environment] 15 min makes the window of the present step longer, by at most a day.',
        `/deploy extend ${place} 15 min`,
      ]
    case 'adopt':
    case 'restore':
      return [
        'When somebody else changes the split of the traffic, a rollout is held. One of these says what counts:',
        '/deploy adopt [repository] [environment] takes the split as it is now.',
        '/deploy restore [repository] [environment] sets the split of the rollout again.',
        `/deploy ${topic} ${place}`,
      ]
    case 'approve-step':
      return [
        '/deploy approve-step [repository] [environment] shows you the card with the button: you approve a step on what you see.',
        `/deploy approve-step ${place}`,
      ]
    case 'rollback':
      return [
        '/deploy rollback [repository] [environment] [reason] brings back what was live before, at once: the traffic, and the edge functions and the frontend of then.',
        'It works while a release is rolling out, and for a while after its end. An older commit is released like any other: /deploy history has buttons for that.',
        `/deploy rollback ${place}`,
        `/deploy rollback ${place} login fails`,
      ]
    case 'lock':
      return [
        '/deploy lock [repository] environment reason [for 2h] lets nothing be released there until it is taken off, or until its time is over.',
        `/deploy lock ${place} moving the database for 2h`,
      ]
    case 'unlock':
      return ['/deploy unlock [repository] environment takes a lock off.', `/deploy unlock ${place}`]
    case 'freeze':
      return [
        '/deploy freeze [repository] environment reason for 2h lets nothing be released there from now on, for that long.',
        `/deploy freeze ${place} load test for 2h`,
      ]
    case 'unfreeze':
      return [
        '/deploy unfreeze [repository] environment ends a freeze that somebody declared.',
        `/deploy unfreeze ${place}`,
      ]
    case 'who':
      return [
        '/deploy who [repository] environment shows who may ask for releases and who may approve them.',
        `/deploy who ${repository}${earlier}`,
      ]
  }
}
