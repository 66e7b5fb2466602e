import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { frontendByHand, functionsByHand } from '../../src/release/by-hand.ts'

const apiUrl = 'https://api.supabase.com/v1'
const project = 'abcdefghijklmnopqrst'
const sha = '0123456789abcdef0123456789abcdef01234567'
const snapshot = {
  takenAt: 1,
  functions: [
    { slug: 'orders', version: 3, digest: 'd1', metadata: { verify_jwt: true } },
    { slug: 'hook', version: 8, digest: null, metadata: { verify_jwt: false } },
  ],
}
const deployment = { id: 'dpl_1', url: 'https://omnihub-1.vercel.app', sha, createdAt: 1 }
const frontend = { apiUrl: 'https://api.vercel.com', project: 'omnihub-web', team: 'acme', deployment }

describe('functions by hand', () => {
  it('are deployed again from the commit that was live', () => {
    const steps = functionsByHand({ apiUrl, project, snapshot, slugs: ['orders', 'hook'], sha })
    expect(steps.map(({ command }) => command)).toEqual([
      `git fetch origin ${sha} && git worktree add --detach ../before-0123456 ${sha} && cd ../before-0123456`,
      `npx supabase@3.1.0 functions deploy orders --remote=${project} --use-api && npx supabase@3.1.0 functions deploy hook --remote=${project} --use-api --no-verify-jwt`,
      `curl -fsS -H "Authorization: Bearer $SUPABASE_ACCESS_TOKEN" ${apiUrl}/projects/${project}/functions | jq -r '.[] | [.slug, .version, .ezbr_sha256] | @tsv'`,
    ])
    expect(steps[2]?.what).toMatch(/orders d1, hook with no digest/)
  })

  it('need no step when none changed', () => {
    expect(functionsByHand({ apiUrl, project, snapshot, slugs: [], sha })).toEqual([])
  })

  it('begin with a look for the commit when it is not known', () => {
    const [first] = functionsByHand({ apiUrl, project, snapshot, slugs: ['orders'], sha: null })
    expect(first?.command).toBe('git log --oneline -20')
  })
})

describe('a frontend by hand', () => {
  it('is rolled back and watched', () => {
    const steps = frontendByHand(frontend)
    expect(steps.map(({ command }) => command)).toEqual([
      `PROJECT_ID=$(curl -fsS -H "Authorization: Bearer $VERCEL_TOKEN" 'https://api.vercel.com/v9/projects/omnihub-web?slug=acme' | jq -r .id)`,
      `curl -fsS -X POST -H "Authorization: Bearer $VERCEL_TOKEN" -H 'Content-Type: application/json' -d '{}' "https://api.vercel.com/v1/projects/$PROJECT_ID/rollback/dpl_1?slug=acme"`,
      `curl -fsS -H "Authorization: Bearer $VERCEL_TOKEN" 'https://api.vercel.com/v9/projects/omnihub-web?rollbackInfo=true&slug=acme' | jq .lastAliasRequest`,
    ])
  })

  it.each([
    ['team_1', '?teamId=team_1"'],
    [null, '/dpl_1"'],
  ])('names the team %s', (team, end) => {
    expect(frontendByHand({ ...frontend, team })[1]?.command.endsWith(end)).toBe(true)
  })
})

it('every command is one that a shell can read, whatever the names are', () => {
  const odd = `a'b"$(c)`
  const steps = [
    ...functionsByHand({ apiUrl, project: odd, snapshot, slugs: [odd], sha: odd }),
    ...frontendByHand({ ...frontend, project: odd, team: odd, deployment: { ...deployment, id: odd } }),
  ]
  for (const { command } of steps) {
    const { status, stderr } = spawnSync('sh', ['-c', command.replaceAll(/\b(?:npx|curl|jq|git|cd)\b/g, 'echo')])
    expect([status, String(stderr)], command).toEqual([0, ''])
  }
})
