import { describe, expect, it } from 'vitest'
import { addressIn, namesPool } from '../../src/policy/pool-address.ts'

describe('an address with $pool', () => {
  it.each([
    ['https://$pool.acme.example/health', 'https://green.acme.example/health'],
    ['https://acme.example/$pool/health', 'https://acme.example/green/health'],
    ['https://$pool-1.acme.example/$pool', 'https://green-1.acme.example/green'],
    ['http://omnihub.$pool:8080', 'http://omnihub.green:8080'],
  ])('%s is that of the pool', (address, expected) => {
    expect(namesPool(address)).toBe(true)
    expect(addressIn(address, 'green')).toBe(expected)
  })

  it('is none while the pool is not known', () => {
    expect(addressIn('https://$pool.acme.example', null)).toBeNull()
  })

  it.each(['https://acme.example/pool', 'https://acme.example/$pools', 'https://acme.example/$pool_a'])(
    '%s is the same for every pool',
    (address) => {
      expect(namesPool(address)).toBe(false)
      expect(addressIn(address, 'green')).toBe(address)
      expect(addressIn(address, null)).toBe(address)
    },
  )
})
