/** Makes each act of a history happen: what people press, what GitHub does and tells, what goes wrong. */
import type { GateAct, RawPress, RolloutAct } from '../../src/engine/gate/acts.ts'
import type { RuleRequest } from '../../src/engine/gate/reads.ts'
import type { Fact } from '../../src/pipeline/facts.ts'
import { aDeploymentStatus, aReview, aRun } from '../pipeline/facts.ts'
import type { Act, Happening } from './gate-acts.ts'
import type { SimulatedRun } from './gate-github.ts'
import type { GateMachine } from './gate-machine.ts'
import type { DrawnButtons } from './gate-slack.ts'
import { at, environments, groupNames, humans, minute, repository, strangers } from './gate-truth.ts'

type Of<Name extends Happening['act']> = Extract<Happening, { readonly act: Name }>
type Sent = Parameters<GateMachine['send']>[0]

export class GatePlay {
  private readonly machine: GateMachine
  private readonly sent: Sent[] = []
  private deliveries = 0

  constructor(machine: GateMachine) {
    this.machine = machine
  }

  async play(acts: readonly Act[]): Promise<void> {
    for (const { what, thenMs } of acts) {
      await this.happen(what)
      await this.machine.pass(thenMs)
    }
  }

  /** Somebody presses a button of a rollout, or gives the command for it. */
  async pressRollout(slackId: string, act: RolloutAct): Promise<void> {
    const press = this.pressBy(slackId, act)
    await this.send({ id: `slack:${press.id}`, type: 'gate.pressed', body: { press, act } })
  }

  async endRun(run: SimulatedRun, { conclusion, built, told }: Pick<Of<'end'>, 'conclusion' | 'built' | 'told'>) {
    run.status = 'completed'
    run.conclusion = conclusion
    run.builtSha = built === 'it' ? run.sha : built === 'another' ? 'e'.repeat(40) : null
    const fact = aRun({ id: run.id, conclusion, workflow: 'Deploy', event: 'workflow_dispatch' })
    await this.tell([{ ...fact, sha: run.sha }], told)
  }

  private async happen(what: Happening): Promise<void> {
    const { machine } = this
    const { truth } = machine
    switch (what.act) {
      case 'ask': {
        const strategy = what.isDirect ? 'direct' : 'canary'
        const ref = { type: 'ref', ref: what.commit === null ? 'main' : truth.commit(what.commit).sha } as const
        const press = this.pressBy(at(humans, what.human).slackId, null)
        const ask = { repository, environment: 'production', strategy, ref, note: null, rule: null } as const
        return await this.send({ id: `slack:${press.id}`, type: 'gate.asked', body: { press, ask } })
      }
      case 'press':
        return await this.press(what, at(humans, what.human).slackId, what.card)
      case 'stranger':
        return await this.press(what, at(strangers, what.who), 1)
      case 'environment': {
        const act = this.environmentAct(what)
        if (act === null) return
        const press = this.pressBy(at(humans, what.human).slackId, act)
        return await this.send({ id: `slack:${press.id}`, type: 'gate.pressed', body: { press, act } })
      }
      case 'again': {
        const event = this.sent[what.which % Math.max(this.sent.length, 1)]
        return event === undefined ? undefined : await machine.send(event)
      }
      case 'change':
        return truth.change(what.what, what.commit)
      case 'commit':
        return truth.commits.length < 8 ? truth.addCommit() : undefined
      case 'role':
        return truth.toggleRole(at(humans, what.human), at(groupNames, what.group))
      case 'policy':
        truth.changePolicy()
        return await machine.restart()
      case 'sick':
        machine.health[what.service].fates.push(...what.fates)
        return
      case 'down':
        machine.health[what.service].isDown = !machine.health[what.service].isDown
        return
      case 'wait':
        return await this.waitAtRule(truth.commit(what.commit).sha, what)
      case 'end': {
        const running = machine.github.runs.filter(({ status }) => status !== 'completed')
        const run = running[what.which % Math.max(running.length, 1)]
        return run === undefined ? undefined : await this.endRun(run, what)
      }
      case 'elsewhere':
        return await this.decideElsewhere(what)
      case 'clock':
        return machine.clock.set(what.minutes * minute)
      case 'die':
        return what.fuse === null ? await machine.restart() : machine.light(what.fuse)
      default:
        return what satisfies never
    }
  }

  private async press({ type, which }: Pick<Of<'press'>, 'type' | 'which'>, slackId: string, card: number) {
    const ids = [...this.machine.books.releases.keys()].slice(-5).toReversed()
    const releaseId = ids[which % Math.max(ids.length, 1)]
    if (releaseId === undefined) return
    const drawn = this.machine.slack.drawn(releaseId)
    const shown = card === 0 ? null : (drawn.at(-card) ?? drawn[0] ?? null)
    const seen = shown === null ? null : { generation: shown.generation, planDigest: shown.planDigest }
    const on = { releaseId, seen }
    const acts: Readonly<Record<typeof type, GateAct>> = {
      approve: { ...on, type: 'approve', comment: null },
      reject: { ...on, type: 'reject', why: 'Not today' },
      withdraw: { ...on, type: 'withdraw' },
      cancel: { ...on, type: 'cancel', why: null },
      break_glass: { ...on, type: 'break_glass', why: 'The site is down' },
      refresh: { ...on, type: 'refresh' },
    }
    const press = this.pressBy(slackId, acts[type], shown ?? drawn.at(-1) ?? null, shown?.content ?? null)
    await this.send({ id: `slack:${press.id}`, type: 'gate.pressed', body: { press, act: acts[type] } })
  }

  private environmentAct({ type, environment, takesOver, which }: Of<'environment'>): GateAct | null {
    const place = { repository, environment: at(environments, environment) }
    switch (type) {
      case 'lock':
        return { ...place, type, why: 'Busy', forMs: takesOver ? 20 * minute : null, takesOver }
      case 'freeze':
        return { ...place, type, why: 'The big sale', forMs: 15 * minute }
      case 'unlock':
      case 'unfreeze':
        return { ...place, type }
      case 'sign_off': {
        const all = [...this.machine.books.releases.values()].filter(
          (release) => release.breakGlass !== null && release.environment === place.environment,
        )
        const broken = all[which] ?? all[0]
        return broken === undefined ? null : { ...place, type, releaseId: broken.id }
      }
      default:
        return type satisfies never
    }
  }

  /** A press as Slack delivers it, written into the books. */
  private pressBy(
    slackId: string,
    act: GateAct | null,
    on: DrawnButtons | null = null,
    card: string | null = null,
  ): RawPress {
    const { books, truth, clock } = this.machine
    const id = `p${this.sent.length + 1}`
    books.pressed.set(id, { id, slackId, act, card, step: truth.next() })
    return {
      id,
      client: 'slack',
      userId: slackId,
      teamId: 'T1',
      channelId: 'CDEPLOYS',
      threadTs: null,
      messageTs: on?.ts ?? null,
      at: clock.now(),
    }
  }

  private async send(event: Sent): Promise<void> {
    this.sent.push(event)
    await this.machine.send(event)
  }

  private async tell(facts: readonly Fact[], told: 'once' | 'twice' | 'never', rule?: RuleRequest): Promise<void> {
    if (told === 'never') return
    this.deliveries += 1
    const id = `github:${this.deliveries}`
    const body = { facts, ...(rule === undefined ? {} : { rule }) }
    await this.machine.send({ id, type: 'github.facts', body })
    // The same thing under the id of another delivery.
    if (told === 'twice') await this.machine.send({ id: `${id}:again`, type: 'github.facts', body })
  }

  private async waitAtRule(sha: string, { told, human }: Of<'wait'>): Promise<void> {
    const run = this.machine.github.beginWaitingRun(sha)
    const runUrl = `https://github.com/${repository}/actions/runs/${run.id}`
    const callbackUrl = `https://api.github.com/repos/${repository}/actions/runs/${run.id}/deployment_protection_rule`
    const review = { ...aReview({ run: run.id, environment: 'live', state: 'requested' }), sha }
    await this.tell([review], told, {
      repository,
      sha,
      ref: 'main',
      environment: 'live',
      runId: run.id,
      runUrl,
      callbackUrl,
      deploymentId: run.id,
      login: at(humans, human).name,
    })
  }

  private async decideElsewhere({ which, decision }: Of<'elsewhere'>): Promise<void> {
    const waiting = this.machine.github.runs.filter(({ status, inputs }) => status === 'waiting' && inputs === null)
    const run = waiting[which % Math.max(waiting.length, 1)]
    if (run === undefined) return
    if (decision === 'started') {
      run.status = 'in_progress'
      const fact = aDeploymentStatus({ id: run.id, deployment: run.id, state: 'in_progress', environment: 'live' })
      return await this.tell([{ ...fact, sha: run.sha }], 'once')
    }
    if (decision === 'rejected') {
      run.status = 'completed'
      run.conclusion = 'failure'
    }
    const fact = aReview({ run: run.id, environment: 'live', state: decision })
    await this.tell([{ ...fact, sha: run.sha }], 'once')
  }
}
