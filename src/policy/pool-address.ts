/**
 * Two pools of a load balancer take turns in serving, so the address of one of them says nothing of which version answers
 * there. An address that Sluice asks itself may therefore hold `$pool`, as a selector may hold `$arm`.
 */
const placeholder = '\\$pool\\b'

/** Whether an address is another one for each pool. */
export function namesPool(address: string): boolean {
  return new RegExp(placeholder).test(address)
}

/**
 * The address with the pool's name for `$pool`. Names of pools are letters, digits, `_` and `-`: safe in a host and in a
 * path.
 *
 * @param pool - null while it is not known
 * @returns null where the pool has to be known and is not
 */
export function addressIn(address: string, pool: string | null): string | null {
  if (!namesPool(address)) return address
  return pool === null ? null : address.replaceAll(new RegExp(placeholder, 'g'), () => pool)
}
