/** The migration for the mirror's project, run by a real PostgreSQL with the roles that Supabase has. */
import { readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuditTable } from '../../../sandbox/supabase/audit-table.ts'

const migration = readFileSync(
  new URL('../../../supabase/migrations/20261124000000_sluice_audit.sql', import.meta.url),
  'utf8',
)

const columns =
  'seq, at, actor_type, actor_id, actor_name, actor_team, github_login, action, object, sha, evidence_digest, reason_code, reason_text, client, previous_hash, hash'

interface Row {
  readonly seq: number
  readonly previous_hash: string
  readonly hash: string
}

const row = (seq: number, more: Partial<Row> = {}) => ({
  seq,
  at: 1_764_000_000_000 + seq,
  actor_type: 'sluice',
  action: 'request',
  object: 'release:1',
  client: 'sluice',
  previous_hash: `h${seq - 1}`,
  hash: `h${seq}`,
  ...more,
})

let database: PGlite

/** An insert as PostgREST makes it from a body of several rows, without an answer being asked for. */
const insert = (rows: readonly object[], more = '') =>
  database.query(
    `insert into public.sluice_audit (${columns}) select ${columns}
       from json_populate_recordset(null::public.sluice_audit, $1) ${more} returning 1`,
    [JSON.stringify(rows)],
  )

async function as<T>(role: string, work: () => Promise<T>): Promise<T> {
  await database.exec(`set role ${role}`)
  return await work().finally(() => database.exec('reset role'))
}

const mirrored = async () => (await database.query<{ seq: number }>('select seq from sluice_audit order by seq')).rows

beforeAll(async () => {
  database = await PGlite.create()
  await database.exec(`
    create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls;
    create role authenticator login noinherit;
    alter default privileges in schema public grant all on tables to anon, authenticated, service_role;`)
  await database.exec(migration)
}, 60_000)
afterAll(() => database.close())
beforeEach(async () => {
  await database.exec(
    'alter table sluice_audit disable trigger all; delete from sluice_audit; alter table sluice_audit enable trigger all',
  )
})

describe('the insert-only role', () => {
  it('adds rows, and the database says when they came', async () => {
    await as('sluice_audit', () => insert([row(1), row(2)]))
    const { rows } = await database.query<{ happened_at: Date; isNew: boolean }>(
      `select happened_at, mirrored_at > now() - interval '1 minute' as "isNew" from sluice_audit where seq = 1`,
    )
    expect(rows).toEqual([{ happened_at: new Date(1_764_000_000_001), isNew: true }])
  })

  it.each([
    ['read', 'select hash from sluice_audit'],
    ['read through what an insert returns', `insert into sluice_audit (seq) values (1) returning hash`],
    ['change', "update sluice_audit set hash = 'x'"],
    ['delete', 'delete from sluice_audit'],
    ['truncate', 'truncate sluice_audit'],
    ['say when a row came', "insert into sluice_audit (seq, mirrored_at) values (1, '2020-01-01')"],
    ['call the function that looks for it', 'select public.sluice_audit_follows()'],
  ])('cannot %s', async (_name, statement) => {
    await insert([row(1)])
    await expect(as('sluice_audit', () => database.exec(statement))).rejects.toThrow(/permission denied|must be owner/)
  })

  it('cannot use "on conflict do nothing" with a target, which asks for the right to read', async () => {
    await expect(as('sluice_audit', () => insert([row(1)], 'on conflict (seq) do nothing'))).rejects.toThrow(
      /permission denied/,
    )
  })
})

describe('everybody else', () => {
  it.each(['anon', 'authenticated'])('%s can neither read nor add', async (role) => {
    await expect(as(role, () => database.exec('select 1 from sluice_audit'))).rejects.toThrow(/permission denied/)
    await expect(as(role, () => insert([row(1)]))).rejects.toThrow(/permission denied/)
  })

  it.each(['update sluice_audit set hash = hash', 'delete from sluice_audit', 'truncate sluice_audit'])(
    'the service role and the owner are stopped by a trigger: %s',
    async (statement) => {
      await insert([row(1)])
      await expect(as('service_role', () => database.exec(statement))).rejects.toThrow(/append-only/)
      await expect(database.exec(statement)).rejects.toThrow(/append-only/)
    },
  )
})

describe('the copy', () => {
  it('passes over rows that it has, and takes the rest of the batch', async () => {
    await as('sluice_audit', () => insert([row(1), row(2)]))
    await as('sluice_audit', () => insert([row(1), row(2), row(3)]))
    expect(await mirrored()).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 3 }])
  })

  it.each([
    ['another row in the place of one', row(2, { hash: 'forged' }), 'SL409', /row 2 is in the copy with the hash h2/],
    ['a row that does not follow', row(3, { previous_hash: 'other' }), 'SL409', /row 3 does not follow row 2/],
    ['a row after a gap', row(5), 'SL404', /row 4 is not in the copy/],
  ])('refuses %s, and all of its batch', async (_name, bad, code, message) => {
    await insert([row(1), row(2)])
    const attempt = as('sluice_audit', () => insert([bad, { ...row(3), seq: 9 }]))
    await expect(attempt).rejects.toThrow(message)
    await expect(attempt).rejects.toMatchObject({ code })
    expect(await mirrored()).toEqual([{ seq: 1 }, { seq: 2 }])
  })
})

describe('the simulated table', () => {
  const there = [row(1), row(2)]
  const followed = [row(3), row(4)]

  it.each([
    ['rows that follow', followed],
    ['rows of which some are there', [row(2), ...followed]],
    ['a row twice', [row(3), row(3)]],
    ['another row in the place of one', [row(3), row(2, { hash: 'forged' })]],
    ['a row that does not follow', [row(3, { previous_hash: 'other' })]],
    ['a row after a gap', [row(4)]],
    ['a row without its hash', [{ ...row(3), hash: null }]],
  ])('answers as PostgreSQL does to %s', async (_name, rows) => {
    const simulated = createAuditTable({ name: 'sluice_audit', hasTrigger: true })
    simulated.insert(there)
    await insert(there)
    const answer = simulated.insert(rows)
    const real = await as('sluice_audit', () => insert(rows)).then(
      () => null,
      (error: { readonly code: string; readonly message: string }) => ({ code: error.code, message: error.message }),
    )
    expect(answer.error === null ? null : { code: answer.error.code, message: answer.error.message }).toEqual(real)
    expect([...simulated.rows.keys()]).toEqual((await mirrored()).map(({ seq }) => Number(seq)))
  })
})
