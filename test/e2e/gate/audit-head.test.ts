import { expect, it } from 'vitest'
import { verifyAudit } from '../../../src/store/audit.ts'
import { devId, gateWorld, leadId, repository } from './gate-world.ts'

const headPattern = /row (\d+), hash ([0-9a-f]{64})/

function headIn(text: string) {
  const [, rows, hash] = headPattern.exec(text) ?? []
  return rows === undefined || hash === undefined ? null : { rows: Number(rows), hash }
}

const contract = {
  sluice_release: { required: true },
  sha: { required: true },
  strategy: { required: true, options: ['canary', 'blue-green', 'direct'] },
  step: { required: true, default: '0' },
}

it('writes the audit head to GitHub with each start: to a workflow that asks for it, and to the deployment', async () => {
  const world = await gateWorld()
  const given: Readonly<Record<string, string>>[] = []
  world.github.defineDispatchWorkflow(repository, {
    path: '.github/workflows/cd-production.yml',
    name: 'Deploy production',
    inputs: { ...contract, sluice_audit_head: {} },
    play({ inputs }) {
      given.push(inputs)
      return {}
    },
  })
  await world.command(devId, 'prod canary')
  await world.press(leadId, world.gateCard(), 'gate_approve')
  await world.github.walk()
  await world.settled()

  const statuses = world.github.repository(repository).deployments.flatMap((one) => one.statuses)
  const texts = [given[0]?.sluice_audit_head ?? '', ...statuses.map(({ description }) => description ?? '')]
  const heads = texts.map(headIn)
  expect(heads.length).toBeGreaterThanOrEqual(3)
  const { db } = world.sluice().store
  const approved = await db.selectFrom('audit').select('seq').where('action', '=', 'approve').executeTakeFirstOrThrow()
  for (const head of heads) {
    expect(head?.rows).toBeGreaterThanOrEqual(approved.seq)
    expect(await verifyAudit(db, head)).toMatchObject({ ok: true })
  }
})

it('starts a workflow that declares nothing but what it has to', async () => {
  const world = await gateWorld()
  world.github.defineDispatchWorkflow(repository, {
    path: '.github/workflows/cd-production.yml',
    name: 'Deploy production',
    inputs: contract,
  })
  await world.command(devId, 'prod canary')
  await world.press(leadId, world.gateCard(), 'gate_approve')
  await world.github.walk()
  await world.settled()
  expect((await world.releases())[0]?.state.name).toBe('completed')
  expect(world.runs()).toHaveLength(1)
})
