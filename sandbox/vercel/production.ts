/** The deployments of one project, and where its production domains lead. Moving them takes time, one after the other. */
export interface SimulatedDeployment {
  readonly id: string
  /** Without `https://`. */
  readonly url: string
  readonly sha: string | null
  readonly createdAt: number
  readonly target: 'production' | null
  readonly state: 'READY' | 'BUILDING' | 'ERROR'
  /** `expired`: its files are gone by the retention policy, and its name is still known. */
  readonly kept: 'yes' | 'expired' | 'deleted'
  /** Whether the production domains have ever led to it. */
  readonly wasLive: boolean
}

/** A request to move the production domains, as `lastAliasRequest` shows the newest one. */
export interface AliasJob {
  readonly type: 'promote' | 'rollback'
  readonly fromDeploymentId: string | null
  readonly toDeploymentId: string
  readonly requestedAt: number
  readonly jobStatus: 'pending' | 'in-progress' | 'succeeded' | 'failed'
}

export interface ProductionDomain {
  readonly name: string
  readonly redirect: string | null
  readonly gitBranch: string | null
}

export interface NewDeployment {
  readonly sha?: string | null
  readonly target?: SimulatedDeployment['target']
  readonly state?: SimulatedDeployment['state']
  /** As `vercel deploy --prod --skip-domain` builds it: nobody gets to see it before it is promoted. */
  readonly skipsDomain?: boolean
}

export interface Production {
  readonly domains: readonly ProductionDomain[]
  deploy(given: NewDeployment): SimulatedDeployment
  /** Newest first, without those that were deleted. */
  deployments(): readonly SimulatedDeployment[]
  find(idOrUrl: string): SimulatedDeployment | null
  /** The deployment that a domain leads to now. */
  behind(domain: string): string | null
  job(): AliasJob | null
  /** @returns null when the domains are being moved already */
  order(type: AliasJob['type'], id: string): AliasJob | null
  lose(id: string, how: 'expired' | 'deleted'): void
  /** The next move ends half done. */
  failNextJob(): void
  /** False after a rollback: new builds do not go live by themselves any more. */
  assignsDomains(): boolean
}

/** @param promotionMs - how long it takes from the order until every domain leads there */
export function createProduction(options: {
  readonly clock: { now(): number }
  readonly project: string
  readonly promotionMs: () => number
}): Production {
  const { clock, project, promotionMs } = options
  const domains: readonly ProductionDomain[] = [
    { name: `${project}.vercel.app`, redirect: null, gitBranch: null },
    { name: `www.${project}.example`, redirect: `${project}.example`, gitBranch: null },
    { name: `next.${project}.example`, redirect: null, gitBranch: 'next' },
    { name: `${project}.example`, redirect: null, gitBranch: null },
  ]
  /** In the order in which they are moved: the one that people use last. */
  const moved = domains.filter(({ redirect, gitBranch }) => redirect === null && gitBranch === null)
  const deployments = new Map<string, SimulatedDeployment>()
  const aliases = new Map<string, string>()
  let running: {
    readonly order: Omit<AliasJob, 'jobStatus'>
    readonly endsAt: number
    readonly fails: boolean
  } | null = null
  let last: AliasJob | null = null
  let isFailing = false
  let isAssigning = true
  let count = 0

  /** Does what should have been done by now. */
  function settle(): void {
    if (running === null) return
    const { order, endsAt, fails } = running
    const share = endsAt === order.requestedAt ? 1 : (clock.now() - order.requestedAt) / (endsAt - order.requestedAt)
    const done = Math.min(Math.floor(share * moved.length), fails ? moved.length - 1 : moved.length)
    for (const { name } of moved.slice(0, done)) lead(name, order.toDeploymentId)
    if (share >= 1) {
      last = { ...order, jobStatus: fails ? 'failed' : 'succeeded' }
      running = null
    } else {
      last = { ...order, jobStatus: done === 0 ? 'pending' : 'in-progress' }
    }
  }

  function lead(domain: string, id: string): void {
    aliases.set(domain, id)
    const deployment = deployments.get(id)
    if (deployment !== undefined) deployments.set(id, { ...deployment, wasLive: true })
  }

  return {
    domains,
    deploy({ sha = null, target = 'production', state = 'READY', skipsDomain = false }) {
      settle()
      count += 1
      const id = `dpl_${String(count).padStart(4, '0')}${project.replaceAll('-', '')}`
      const url = `${project}-${count}.vercel.app`
      const deployment = { id, url, sha, createdAt: clock.now(), target, state, kept: 'yes', wasLive: false } as const
      deployments.set(id, deployment)
      if (target === 'production' && state === 'READY' && !skipsDomain && isAssigning) {
        for (const { name } of moved) lead(name, id)
      }
      return deployments.get(id) ?? deployment
    },
    deployments: () => [...deployments.values()].filter(({ kept }) => kept !== 'deleted').toReversed(),
    find(idOrUrl) {
      const found = deployments.get(idOrUrl) ?? [...deployments.values()].find(({ url }) => url === idOrUrl)
      return found === undefined || found.kept === 'deleted' ? null : found
    },
    behind(domain) {
      settle()
      return aliases.get(domain) ?? null
    },
    job() {
      settle()
      return last
    },
    order(type, id) {
      settle()
      if (running !== null) return null
      const fromDeploymentId = aliases.get(moved.at(-1)?.name ?? '') ?? null
      const order = { type, fromDeploymentId, toDeploymentId: id, requestedAt: clock.now() }
      running = { order, endsAt: clock.now() + promotionMs(), fails: isFailing }
      isFailing = false
      isAssigning = type === 'promote'
      last = { ...order, jobStatus: 'pending' }
      return last
    },
    lose(id, how) {
      const deployment = deployments.get(id)
      if (deployment !== undefined) deployments.set(id, { ...deployment, kept: how })
    },
    failNextJob() {
      isFailing = true
    },
    assignsDomains: () => isAssigning,
  }
}
