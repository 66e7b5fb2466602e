import { describe, expect, test } from 'vitest'
import { omnihubPipeline } from '../../../sandbox/github/omnihub-pipeline.ts'
import { scriptPipeline } from '../../../sandbox/github/scripted-pipeline.ts'
import { repository, TOKEN, valueIn, withGithub } from './with-github.ts'

describe('teamMembers', () => {
  test.each([
    ['a token', false],
    ['an App', true],
  ] as const)('are those of the team and of its child teams, in lower case, with %s', async (_, isApp) => {
    const { github, codeHost } = await withGithub({}, { isApp })
    github.setTeam('omnihub/sre', ['Mona', 'hubot'])
    github.setTeam('omnihub/on-call', ['Zoe', 'mona'], 'omnihub/sre')
    expect(valueIn(await codeHost.teamMembers('omnihub/sre'))).toEqual(['hubot', 'mona', 'zoe'])
    expect(valueIn(await codeHost.teamMembers('omnihub/on-call'))).toEqual(['mona', 'zoe'])
  })

  test('are all of them in a team of 250', async () => {
    const { github, codeHost } = await withGithub()
    const members = Array.from({ length: 250 }, (_, index) => `user-${index}`)
    github.setTeam('omnihub/all', members)
    expect(valueIn(await codeHost.teamMembers('omnihub/all'))).toEqual(members.toSorted())
    github.setTeam('omnihub/nobody', [])
    expect(valueIn(await codeHost.teamMembers('omnihub/nobody'))).toEqual([])
  })

  test('of a team that is not there, or may not be seen, are a failure and not nobody', async () => {
    const { codeHost } = await withGithub()
    expect(await codeHost.teamMembers('omnihub/none')).toMatchObject({ ok: false, failure: { type: 'not_found' } })
    const blind = await withGithub({ tokens: [{ token: TOKEN, login: 'bot', lacks: ['members'] }] })
    blind.github.setTeam('omnihub/sre', ['mona'])
    expect(await blind.codeHost.teamMembers('omnihub/sre')).toMatchObject({ failure: { type: 'unauthorized' } })
  })
})

describe('suggestRefs', () => {
  test('offers commits with whether they are green, then branches, then tags', async () => {
    const { github, codeHost } = await withGithub()
    const play = async (message: string, outcome: 'success' | 'failure') => {
      const script = scriptPipeline(
        omnihubPipeline({ pullRequest: null, commit: { message }, outcomes: { lint: [outcome] } }),
      )
      github.load(script)
      await github.walk()
      return script.sha
    }
    const red = await play('Add a chart', 'failure')
    const green = await play('Round half up', 'success')
    const fresh = github.commitFiles(repository, 'main', { message: 'Fresh' }).sha
    github.addTag(repository, 'v1.4.2', green)
    github.setBranch(repository, 'wip/charts', red)
    const suggest = async (text: string) => valueIn(await codeHost.suggestRefs({ repository, text }))
    const all = await suggest('')
    expect(all.map(({ type }) => type)).toEqual(['commit', 'commit', 'commit', 'branch', 'branch', 'tag'])
    expect(all.filter(({ type }) => type === 'commit')).toEqual([
      { type: 'commit', ref: fresh.slice(0, 12), title: 'Fresh', isGreen: null },
      { type: 'commit', ref: green.slice(0, 12), title: 'Round half up', isGreen: true },
      { type: 'commit', ref: red.slice(0, 12), title: 'Add a chart', isGreen: false },
    ])
    expect(await suggest('CHART')).toMatchObject([
      { type: 'commit', isGreen: false },
      { type: 'branch', ref: 'wip/charts', title: 'Add a chart', isGreen: false },
    ])
    expect(await suggest('v1.4')).toEqual([{ type: 'tag', ref: 'v1.4.2', title: 'Round half up', isGreen: true }])
    expect(await suggest(green)).toMatchObject([{ type: 'commit' }])
    expect(await suggest('nothing like it')).toEqual([])
  })

  test('offers no more than a hundred', async () => {
    const { github, codeHost } = await withGithub()
    for (let index = 0; index < 120; index += 1) {
      const { sha } = github.commitFiles(repository, 'main', { message: `Commit ${index}` })
      github.addTag(repository, `v${index}`, sha)
      github.setBranch(repository, `b${index}`, sha)
    }
    expect(valueIn(await codeHost.suggestRefs({ repository, text: '' }))).toHaveLength(100)
  })
})
