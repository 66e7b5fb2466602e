import { describe, expect, it } from 'vitest'
import type { SimulatedSupabase } from '../../sandbox/supabase/simulated-supabase.ts'
import { verifyAudit } from '../../src/store/audit.ts'
import { type FastWorld, fastWorld, monaId, smallPipeline } from './fast-world.ts'

function supabaseOf(world: FastWorld): SimulatedSupabase {
  if (world.supabase === null) throw new Error('There is no Supabase.')
  return world.supabase
}

async function pressRerun(world: FastWorld): Promise<void> {
  const [alert] = world.alerts()
  const channel = world.slack.channel('#deploys').id
  await world.slack.press({ user: monaId, channel, ts: alert?.ts ?? '', actionId: 'rerun_failed_jobs' })
  await world.settled()
}

const gauge = async (world: FastWorld, name: string) => {
  const text = await (await fetch(`${world.sluiceUrl}/metrics`)).text()
  return Number(new RegExp(`^sluice_${name} (.*)$`, 'm').exec(text)?.[1])
}

describe('a mirror of the audit log', () => {
  it('is out of reach: nothing waits for it, and it catches up over a restart', async () => {
    const world = await fastWorld({ auditMirror: true })
    const supabase = supabaseOf(world)
    supabase.outage(true)
    await world.run(smallPipeline({ outcomes: ['failure', 'failure', 'success'] }))
    await pressRerun(world)
    const runs = [...world.github.repository('omnihub/app').runs.values()]
    expect(runs.map(({ attempt }) => attempt)).toEqual([2])
    expect(supabase.rows()).toEqual([])
    expect(await gauge(world, 'audit_mirror_lag_rows')).toBe(1)

    await world.stopSluice()
    supabase.outage(false)
    await world.startSluice()
    await supabase.until(() => supabase.rows().length === 1, 'the row')
    const check = await verifyAudit(world.sluice().store.db)
    expect(check).toMatchObject({ ok: true, head: supabase.rows()[0]?.hash })
    expect(supabase.rows()[0]).toMatchObject({ actor_id: monaId, action: 'rerun_failed_jobs', client: 'slack' })
  })

  it('is not there unless it is configured', async () => {
    const world = await fastWorld()
    expect(world.supabase).toBeNull()
    expect(await gauge(world, 'audit_mirror_lag_rows')).toBeNaN()
  })
})
