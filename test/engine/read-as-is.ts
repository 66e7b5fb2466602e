import type { DeliveryReader } from '../../src/store/deliveries.ts'

/** For tests of what comes after the reading: a delivery that is the engine's event already. */
export const readAsIs: DeliveryReader = ({ event, payload }) => ({
  type: 'event',
  eventType: event,
  body: Buffer.from(payload).toString('utf8'),
})
