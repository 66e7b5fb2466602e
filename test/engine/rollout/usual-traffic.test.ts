import { describe, expect, it, onTestFinished } from 'vitest'
import { gateCard } from '../../../src/cards/gate-card.ts'
import type { EnvironmentConfig } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/parse-config.ts'
import { gateCardInput } from '../../../src/engine/gate/release-view.ts'
import {
  handleUsualTrafficRead,
  readUsualTraffic,
  wantUsualTraffic,
} from '../../../src/engine/rollout/usual-traffic.ts'
import { httpProbe } from '../../../src/providers/http-probe.ts'
import { prometheusMetricsSource } from '../../../src/providers/prometheus/prometheus-metrics-source.ts'
import { addCard, cardById } from '../../../src/store/cards.ts'
import { listEffects } from '../../../src/store/outbox.ts'
import { saveRelease } from '../../../src/store/releases.ts'
import { allStrings } from '../../cards/expect-safe.ts'
import { repository } from '../../providers/github/with-github.ts'
import { matrix, startScriptedApi, vector } from '../../providers/prometheus/scripted-api.ts'
import { opened } from '../../release/fixtures.ts'
import { gateParts } from '../gate/parts.ts'

const releaseId = '01JREEASE00000000000000001'

/** A Prometheus that has seen so many requests a second for ever, one in a thousand of them an error. */
async function steadyTraffic(perSecond: number) {
  const api = await startScriptedApi((query, _, request) => {
    const at = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('time'))
    const rate = query.includes('5..') ? perSecond / 1000 : perSecond
    const [labels, value] = [
      { instance: 'a' },
      (seconds: number) => String(Math.round(rate * (seconds - 1_700_000_000))),
    ]
    if (query.includes('version="canary"')) return query.startsWith('last_') ? vector([]) : matrix([])
    if (query.startsWith('last_')) return vector([[labels, value(at)]])
    return matrix([[labels, [45, 30, 15, 0].map((ago) => [at - ago, value(at - ago)] as const)]])
  })
  onTestFinished(() => api.stop())
  return api
}

/** An environment whose canary gets 5 %, with its metrics at that address. */
function configured(url: string): EnvironmentConfig {
  const text = `repositories:
  - repo: ${repository}
    channel: '#deploys'
    environments:
      - name: production
        metrics: { source: '${url}', lag: 1s }
        traffic:
          cloudflare:
            account: '${'a'.repeat(32)}'
            zone: '${'b'.repeat(32)}'
            load_balancer: '${'c'.repeat(32)}'
            pools: { blue: '${'d'.repeat(32)}', green: '${'e'.repeat(32)}' }
`
  const parsed = parseConfig(text, 'sluice.yml')
  const environment = parsed.ok ? parsed.config.repositories[0]?.environments[0] : undefined
  if (environment === undefined) throw new Error(JSON.stringify(parsed))
  return environment
}

async function asked(perSecond: number) {
  const api = await steadyTraffic(perSecond)
  const parts = await gateParts()
  const environment = configured(api.url)
  const { arms, source, lagMs } = environment.metrics ?? { arms: null, source: null, lagMs: 0 }
  if (arms === null || source === null) throw new Error('no metrics')
  const metrics = prometheusMetricsSource({ url: source.url, auth: null, arms, lagMs, now: parts.clock.now })
  const services = { router: null, functions: null, frontend: null, probe: httpProbe(), metrics }
  const context = { ...parts.context, environmentOf: () => environment, servicesOf: async () => services }
  const release = { ...opened(), id: releaseId, repository, strategy: 'canary' } as const
  const at = parts.clock.now()
  await context.store.transaction(async (tx) => {
    await saveRelease(tx, release, at, true)
    await addCard(tx, { id: 'C1', of: { releaseId }, channel: '#deploys', revision: 1, at })
  })
  const place = { repository, environment: 'production' }
  const read = async () => {
    const effect = { id: 'E1' } as Parameters<typeof readUsualTraffic>[0]
    const outcome = await readUsualTraffic(effect, place, context)
    const event = outcome.type === 'done' ? outcome.event : undefined
    if (event?.type !== 'rollout.usual_traffic_read') return null
    const handled = await context.store.transaction((tx) =>
      handleUsualTrafficRead(tx, event.body, { at: parts.clock.now() }),
    )
    return handled.outcome
  }
  const card = async () => {
    const drawn = gateCard(await gateCardInput(release, environment.gate, context))
    return allStrings(drawn.blocks).filter((text) => text.includes('🔭') || text.includes('⚠️ About'))
  }
  return { ...parts, context, environment, release, api, place, read, card }
}

describe('what a canary can show, on its gate’s card', () => {
  it('is read from the last hour, stands on the card, and makes the card be drawn again', async () => {
    const { context, read, card } = await asked(50)
    expect(await card()).toEqual([])
    const before = await cardById(context.store.db, 'C1')
    expect(await read()).toBe('changed')
    expect((await cardById(context.store.db, 'C1'))?.wantedRevision).toBeGreaterThan(before?.wantedRevision ?? 0)
    const [line] = await card()
    expect(line).toMatch(/🔭 5 % for 15 min at 50 requests\/s finds ×\d\.\d the errors and more; ×3 from \d+ % on\./)
  })

  it('is not read again for some minutes, and not shown for another plan than it was worked out for', async () => {
    const { read, api, clock, card, environment, context, release } = await asked(50)
    await read()
    const first = api.asked.length
    expect(await read()).toBeNull()
    expect(api.asked).toHaveLength(first)
    const other = { ...environment, gate: { ...environment.gate, steps: [{ percent: 50, windowMs: 60_000 }] } }
    const drawn = gateCard(await gateCardInput(release, other.gate, { ...context, environmentOf: () => other }))
    expect(JSON.stringify(drawn.blocks)).not.toContain('🔭')
    expect(await card()).toHaveLength(1)
    await clock.advance(5 * 60_000, async () => {})
    expect(await read()).toBe('changed')
  })

  it('says nothing where Prometheus says nothing', async () => {
    const world = await asked(50)
    await world.api.stop()
    expect(await world.read()).toBe('accepted')
    expect(await world.card()).toEqual([])
  })

  it('is wanted once for a canary whose traffic is split and measured, and for nothing else', async () => {
    const { context, release, environment, place } = await asked(50)
    const of = { cause: 'event:1', at: 0 }
    const none = { environmentOf: () => ({ ...environment, traffic: null }) }
    await context.store.transaction(async (tx) => {
      await wantUsualTraffic(tx, { ...release, strategy: 'direct' }, of, context)
      await wantUsualTraffic(tx, release, of, none)
      await wantUsualTraffic(tx, release, of, context)
      await wantUsualTraffic(tx, release, { ...of, cause: 'event:2' }, context)
    })
    const waiting = await listEffects(context.store.db, { states: ['queued'], limit: 10 })
    expect(waiting.map(({ type, body }) => [type, JSON.parse(body)])).toEqual([['read_usual_traffic', place]])
  })
})
