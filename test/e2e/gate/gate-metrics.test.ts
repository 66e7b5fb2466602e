import { expect, it } from 'vitest'
import { devId, type GateWorld, gateWorld, leadId, plainGate } from './gate-world.ts'

/** The samples of a metric by their labels, as Prometheus would scrape them; `''` for one without. */
async function scrape(world: GateWorld, name: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${world.sluiceUrl}/metrics`)).text()
  const lines = text.split('\n').flatMap((line) => {
    const [, labels = '', value] = new RegExp(`^sluice_${name}(?:\\{(.*)\\})? (\\S+)$`).exec(line) ?? []
    return value === undefined ? [] : [[labels.replaceAll('"', ''), Number(value)] as const]
  })
  return Object.fromEntries(lines)
}

it('counts what people do at a gate by act, outcome and reason, and releases by how they end', async () => {
  const world = await gateWorld()
  expect(await scrape(world, 'releases_total')).toEqual({})
  await world.command(devId, 'prod canary')
  const card = world.gateCard()
  await world.press(devId, card, 'gate_approve')
  await Promise.all([world.press(leadId, card, 'gate_approve'), world.press(leadId, card, 'gate_approve')])
  await world.github.walk()
  await world.settled()

  expect(await scrape(world, 'gate_presses_total')).toEqual({
    'act=request,outcome=applied,reason=none': 1,
    'act=approve,outcome=refused,reason=self_approval': 1,
    'act=approve,outcome=applied,reason=none': 1,
    'act=approve,outcome=already_decided,reason=already_decided': 1,
  })
  expect(await scrape(world, 'releases_total')).toEqual({ 'environment=production,outcome=completed': 1 })
  expect(await scrape(world, 'release_approval_seconds_count')).toEqual({ 'environment=production': 1 })
  expect(await scrape(world, 'release_delivery_seconds_count')).toEqual({
    'environment=production,outcome=completed': 1,
  })
  const [waited] = Object.values(await scrape(world, 'release_approval_seconds_sum'))
  expect(waited).toBeGreaterThan(0)
})

it('shows which releases are open, and for how long the oldest has waited', async () => {
  const world = await gateWorld()
  const open = async () => (await scrape(world, 'releases_open'))['environment=production,state=awaiting_approval']
  const age = async (state: string) => (await scrape(world, 'release_state_age_seconds'))[`state=${state}`] ?? -1
  expect(await open()).toBe(0)
  expect(await age('awaiting_approval')).toBe(0)
  await world.command(devId, 'prod canary')
  world.clock.skip(600_000)
  expect(await open()).toBe(1)
  expect(await age('awaiting_approval')).toBeGreaterThanOrEqual(600)
  await world.press(leadId, world.gateCard(), 'gate_approve')
  expect(await open()).toBe(0)
  expect(await age('awaiting_approval')).toBe(0)
})

it('has no label that somebody outside could choose', async () => {
  const world = await gateWorld()
  for (const text of ['prod canary', 'nowhere canary', 'prod canary no-such-ref', 'prod rainbow']) {
    await world.command(devId, text)
  }
  for (const environment of ['production', 'elsewhere']) {
    world.github.reportCheck('omnihub/app', {
      sha: world.sha,
      app: environment,
      name: environment,
      conclusion: 'failure',
    })
  }
  await world.settled()
  const text = await (await fetch(`${world.sluiceUrl}/metrics`)).text()
  const gate = text.split('\n').filter((line) => /^sluice_(gate|release)/.test(line))
  expect(gate.length).toBeGreaterThan(0)
  expect(gate.join('\n')).not.toMatch(/nowhere|no-such-ref|rainbow|elsewhere/)
})

it('counts a release that a newer one takes the place of', async () => {
  const world = await gateWorld({ gate: { ...plainGate, supersede: true } })
  await world.command(devId, 'prod canary')
  const next = world.github.commitFiles('omnihub/app', 'main', { message: 'Next', files: { 'src/next.ts': '1' } })
  world.github.reportCheck('omnihub/app', { sha: next.sha, app: 'ci', name: 'ci-passed', conclusion: 'success' })
  await world.settled()
  await world.command(devId, 'prod canary')
  expect(await scrape(world, 'releases_total')).toEqual({ 'environment=production,outcome=superseded': 1 })
  expect(await scrape(world, 'release_delivery_seconds_count')).toEqual({})
})
