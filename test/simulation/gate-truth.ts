/**
 * What is true in the world around the engine, whatever it was told and whenever: who is in which group, what each
 * commit would ship, how its CI stands. It is kept with its past, in steps, so that what the engine did in some span of
 * steps can be held against what was true in that span.
 */
import type { ApprovalRule, GatePolicy } from '../../src/policy/gate-policy.ts'
import { aPolicy, minute, oneLead, onePerGroup, peopleSet, twoLeads } from '../release/fixtures.ts'

export const repository = 'acme/shop'
export const environments = ['production', 'live'] as const
export type EnvironmentName = (typeof environments)[number]

export interface Human {
  readonly name: string
  readonly slackId: string
  /** GitHub login in the configuration; of the others only their address tells who they are on GitHub. */
  readonly isConfigured: boolean
}

const groupNames = ['SLEADS', 'SONCALL', 'SGLASS'] as const
export type GroupName = (typeof groupNames)[number]

const startingGroups: Readonly<Record<string, readonly GroupName[]>> = {
  rita: ['SLEADS'],
  ada: ['SLEADS'],
  bob: ['SLEADS', 'SONCALL'],
  cyn: ['SONCALL'],
  dan: ['SLEADS'],
  olaf: ['SGLASS'],
}

export const humans: readonly Human[] = Object.keys(startingGroups).map((name, index) => ({
  name,
  slackId: `U${name.toUpperCase()}`,
  isConfigured: index % 2 === 1,
}))
/** May not operate Sluice at all. */
export const strangers = ['UGUEST', 'UGONE', 'UOTHERTEAM'] as const

/** The rules of the risk `database`, in force while a commit drops a table. */
export const riskRules: readonly ApprovalRule[] = [{ from: peopleSet({ groups: ['SONCALL'] }), count: 1 }]

/** Steps from `from` to `to`, both included. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A value with its past. */
class Past<Value> {
  private readonly values: { readonly since: number; readonly value: Value }[]

  constructor(first: Value) {
    this.values = [{ since: 0, value: first }]
  }

  get now(): Value {
    const last = this.values.at(-1)
    if (last === undefined) throw new Error('There is always a first value')
    return last.value
  }

  set(since: number, value: Value): void {
    this.values.push({ since, value })
  }

  during({ from, to }: Span): readonly Value[] {
    return this.values.flatMap(({ since, value }, index) => {
      const until = this.values[index + 1]?.since ?? Number.POSITIVE_INFINITY
      return since <= to && until >= from ? [value] : []
    })
  }
}

export interface Commit {
  readonly sha: string
  /** Whether it changes anything under `src/`. */
  readonly touchesService: boolean
  readonly author: string | null
  readonly artifacts: Past<number>
  /** 0: none; odd: one that drops a table. */
  readonly migrations: Past<number>
  readonly isGreen: Past<boolean>
}

export class GateTruth {
  step = 0
  readonly commits: Commit[] = []
  private readonly groups = new Map<string, Past<ReadonlySet<GroupName>>>(
    Object.entries(startingGroups).map(([name, of]) => [name, new Past(new Set(of))]),
  )
  private readonly policyNumber = new Past(0)
  /** Whether traffic of `production` is shifted. */
  private readonly isShifted: boolean

  constructor(isShifted = false) {
    this.isShifted = isShifted
    for (let index = 0; index < 3; index += 1) this.addCommit()
  }

  next(): number {
    this.step += 1
    return this.step
  }

  addCommit(): void {
    const index = this.commits.length
    this.commits.push({
      sha: (index + 1).toString(16).padStart(2, '0').repeat(20),
      touchesService: index % 3 !== 2,
      author: [null, 'dan', 'ada'][index % 3] ?? null,
      artifacts: new Past(0),
      migrations: new Past(0),
      isGreen: new Past(true),
    })
  }

  commit(which: number): Commit {
    return at(this.commits, which)
  }

  commitOf(sha: string): Commit | null {
    return this.commits.find((commit) => commit.sha === sha) ?? null
  }

  change(what: 'artifacts' | 'migrations' | 'ci', which: number): void {
    const commit = this.commit(which)
    const since = this.next()
    if (what === 'artifacts') commit.artifacts.set(since, commit.artifacts.now + 1)
    else if (what === 'migrations') commit.migrations.set(since, commit.migrations.now + 1)
    else commit.isGreen.set(since, !commit.isGreen.now)
  }

  changePolicy(): void {
    this.policyNumber.set(this.next(), this.policyNumber.now + 1)
  }

  toggleRole(human: Human, group: GroupName): void {
    const past = this.pastOf(human.name)
    const next = new Set(past.now)
    if (!next.delete(group)) next.add(group)
    past.set(this.next(), next)
  }

  membersOf(group: string): readonly Human[] {
    return humans.filter(({ name }) => [...this.pastOf(name).now].some((own) => own === group))
  }

  /** Every group that somebody was in at some moment of the span. */
  groupsDuring(human: string, span: Span): ReadonlySet<string> {
    return new Set(
      this.pastOf(human)
        .during(span)
        .flatMap((groups) => [...groups]),
    )
  }

  /** Everything that releasing the commit would ship, as one text for each state that it had in the span. */
  plansDuring(sha: string, span: Span): ReadonlySet<string> {
    const commit = this.commitOf(sha)
    if (commit === null) return new Set()
    const keys = commit.artifacts
      .during(span)
      .flatMap((artifacts) =>
        commit.migrations
          .during(span)
          .flatMap((migrations) =>
            this.policyNumber.during(span).map((policy) => JSON.stringify([sha, artifacts, migrations, policy])),
          ),
      )
    return new Set(keys)
  }

  /** Whether what ships dropped a table at every moment of the span. */
  isRiskyAllDuring(sha: string, span: Span): boolean {
    return (
      this.commitOf(sha)
        ?.migrations.during(span)
        .every((number) => number % 2 === 1) ?? false
    )
  }

  wasGreenDuring(sha: string, span: Span): boolean {
    return this.commitOf(sha)?.isGreen.during(span).includes(true) ?? false
  }

  /** Whether anything of the service differs between two commits. */
  differsInService(a: string, b: string): boolean {
    const [from, to] = [a, b]
      .map((sha) => this.commits.findIndex((commit) => commit.sha === sha))
      .toSorted((x, y) => x - y)
    return this.commits.slice((from ?? 0) + 1, (to ?? 0) + 1).some(({ touchesService }) => touchesService)
  }

  policy(environment: EnvironmentName, number = this.policyNumber.now): GatePolicy {
    return aPolicy({
      environment,
      aliases: [],
      mode: environment === 'live' ? 'protection_rule' : 'dispatch',
      workflow: `cd-${environment}.yml`,
      version: `policy-${number}`,
      shiftsTraffic: this.isShifted && environment === 'production',
      steps: [
        { percent: 10, windowMs: minute },
        { percent: 50, windowMs: 2 * minute },
        { percent: 100, windowMs: 0 },
      ],
      approvals: at([oneLead, onePerGroup, twoLeads], number),
      risks: [{ name: 'database', when: { type: 'destructive_migration' }, approvals: riskRules }],
      expiresAfterMs: 40 * minute,
      remindBeforeMs: 10 * minute,
      branches: null,
      requiresStaging: null,
      paths: ['src/**'],
      migrations: ['migrations/**'],
      supersedes: number % 2 === 1,
      breakGlass: { people: peopleSet({ groups: ['SGLASS'] }), channel: '#security' },
    })
  }

  /** Policies that were configured at some moment of the span. */
  policiesDuring(environment: EnvironmentName, span: Span): readonly GatePolicy[] {
    return this.policyNumber.during(span).map((number) => this.policy(environment, number))
  }

  private pastOf(name: string): Past<ReadonlySet<GroupName>> {
    const past = this.groups.get(name)
    if (past === undefined) throw new Error(`Nobody is called ${name}`)
    return past
  }
}

export function humanOf(slackId: string | null, login: string | null = null): Human | null {
  return humans.find((human) => (slackId !== null && human.slackId === slackId) || human.name === login) ?? null
}

export function emailOf(name: string): string {
  return `${name}@acme.dev`
}

export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new Error('There is nothing to choose from')
  return item
}

export { groupNames, minute }
