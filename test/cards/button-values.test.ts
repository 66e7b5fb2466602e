import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleDigest, sampleRelease } from '../../sandbox/slack/render/sample-releases.ts'
import {
  environmentValue,
  gateValue,
  readEnvironmentValue,
  readGateValue,
  readRequestValue,
  requestValue,
} from '../../src/cards/button-values.ts'
import { hostile } from './arbitrary-pipeline.ts'
import { environmentName } from './arbitrary-release.ts'

const repository = 'acme/omnihub'
const usable = (name: string) => name !== '' && name.length <= 255

describe('the values of buttons', () => {
  it('come back as they were written, whatever an environment or a ref is called', () => {
    fc.assert(
      fc.property(environmentName.filter(usable), hostile.filter(usable), fc.boolean(), (environment, ref, hasRef) => {
        const place = { repository, environment: environment.toWellFormed() }
        expect(readEnvironmentValue(environmentValue(place))).toEqual(place)
        const request = {
          ...place,
          strategy: hasRef ? 'direct' : null,
          ref: hasRef ? ref.toWellFormed() : null,
        } as const
        expect(readRequestValue(requestValue(request))).toEqual(request)
      }),
      { numRuns: 500 },
    )
  })

  it('a ref that is called “-” is not taken for none', () => {
    const request = { repository, environment: 'production', strategy: 'canary', ref: '-' } as const
    expect(readRequestValue(requestValue(request))).toEqual(request)
  })

  it('anything else is nothing', () => {
    const good = gateValue({ releaseId: sampleRelease().id, generation: 3, planDigest: sampleDigest })
    expect(readGateValue(good)?.generation).toBe(3)
    for (const forged of [
      '',
      'x',
      `${good} `,
      ` ${good}`,
      good.toUpperCase(),
      good.replace(' 3 ', ' -3 '),
      good.slice(1),
    ]) {
      expect(readGateValue(forged)).toBeNull()
    }
    for (const forged of [
      '',
      repository,
      `${repository} `,
      `${repository} a b`,
      'acme production',
      `${repository} %ZZ`,
    ]) {
      expect(readEnvironmentValue(forged)).toBeNull()
    }
    for (const forged of [
      '',
      `${repository} production`,
      `${repository} production rolling -`,
      `${repository} production canary v1`,
    ]) {
      expect(readRequestValue(forged)).toBeNull()
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        readGateValue(text)
        readEnvironmentValue(text)
        readRequestValue(text)
      }),
    )
  })
})
