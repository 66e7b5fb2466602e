import { describe, expect, it } from 'vitest'
import { findWarnings } from '../../src/config/find-warnings.ts'
import { parseConfig } from '../../src/config/parse-config.ts'

function warned(environments: string): readonly string[] {
  const parsed = parseConfig(
    `repositories: [{ repo: a/b, channel: '#a', environments: ${environments} }]`,
    'sluice.yml',
  )
  if (!parsed.ok) throw new Error('the configuration is good')
  return findWarnings(parsed.config).map(({ repository, environment, mend }) => `${repository} ${environment}: ${mend}`)
}

describe('findWarnings', () => {
  it('warns of environments that nobody can release to', () => {
    expect(warned('[staging, production]')).toEqual([
      'a/b production: Say who under "approvers", or write "protected: false" if it needs no approval.',
    ])
  })

  it('has nothing to say when there are approvers or none are needed', () => {
    expect(warned('[{ name: production, approvers: { people: U0000000001 } }]')).toEqual([])
    expect(warned('[{ name: production, protected: false }]')).toEqual([])
  })

  it('says that what is for rollouts is not used yet', () => {
    const environment = '{ name: staging, functions: { supabase: { project: abcdefghijklmnopqrst } } }'
    expect(warned(`[${environment}]`)).toEqual(['a/b staging: Let the workflow shift the traffic until then.'])
  })
})
