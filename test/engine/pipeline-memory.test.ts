import { describe, expect, it } from 'vitest'
import { createPipelineMemory } from '../../src/engine/pipeline-memory.ts'
import { savePipeline } from '../../src/store/pipelines.ts'
import { prune } from '../../src/store/prune.ts'
import { aJob, repository, sha } from '../pipeline/facts.ts'
import { temporaryStore } from '../store/temporary-store.ts'

const row = {
  id: 'p1',
  repository,
  sha,
  branch: 'main',
  verdict: 'running',
  revision: 1,
  isOpen: true,
  createdAt: 1,
  updatedAt: 1,
}

describe('the pipelines in memory', () => {
  it('keeps the newer one when a pipeline changes while it is read from the store', async () => {
    const { store } = temporaryStore()
    const memory = createPipelineMemory()
    await store.transaction((tx) => savePipeline(tx, row, [aJob({ id: 1 })]))
    const reading = memory.find(store.db, row, [])
    await store.transaction(async (tx) => {
      const before = await createPipelineMemory().find(tx, row, [])
      if (before === null) throw new Error('no pipeline')
      const changed = { ...before.row, revision: 2 }
      await savePipeline(tx, changed, [aJob({ id: 2 })])
      memory.keep({ ...before, row: changed })
    })
    expect((await reading)?.row.revision).toBe(2)
    expect((await memory.find(store.db, row, []))?.row.revision).toBe(2)
  })

  it('takes a pipeline that was deleted from the store for a new one', async () => {
    const { store } = temporaryStore()
    const memory = createPipelineMemory()
    await store.transaction((tx) => savePipeline(tx, row, [aJob({ id: 1 })]))
    await memory.find(store.db, row, [])
    await prune(store, { payloads: 0, pipelines: 1000 })
    memory.clear()
    expect(await memory.find(store.db, row, [])).toBeNull()
  })

  it('holds no more than it may, and forgets what was used longest ago', async () => {
    const { store } = temporaryStore()
    const memory = createPipelineMemory(2)
    await store.transaction(async (tx) => {
      for (const n of [1, 2, 3]) await savePipeline(tx, { ...row, id: `p${n}`, sha: `${n}` }, [])
    })
    for (const n of [1, 2, 1, 3]) await memory.find(store.db, { repository, sha: `${n}` }, [])
    await store.transaction(async (tx) => {
      for (const n of [1, 2, 3]) await savePipeline(tx, { ...row, id: `p${n}`, sha: `${n}`, revision: 9 }, [])
    })
    const revisions = []
    for (const n of [1, 3, 2])
      revisions.push((await memory.find(store.db, { repository, sha: `${n}` }, []))?.row.revision)
    expect(revisions).toEqual([1, 1, 9])
  })
})
