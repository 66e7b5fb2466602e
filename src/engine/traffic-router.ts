import type { TrafficChange, TrafficReading, WantedTraffic } from '../release/traffic.ts'
import type { ServiceResult } from './service-failure.ts'

export type { PoolHealth, TrafficChange, TrafficReading, WantedTraffic } from '../release/traffic.ts'

/**
 * The hand on the valve of one environment. All of its calls are safe to repeat: weights are absolute. Each gives up
 * after a few seconds, and sends nothing that changes something a second time by itself; the engine decides about that.
 */
export interface TrafficRouter {
  /** Reads what is so at the provider now, past any cache. */
  read(): Promise<ServiceResult<TrafficReading>>
  /**
   * Sets the split and reads it back. `ok` says that it was taken; whether it is in force is for the caller to see
   * in what was read back. It may take several calls, so that after any failure a part of it may be in force: read, or
   * apply it again.
   *
   * @throws when the pools are not the target's, the shares do not make 100, or a pool with a share is to be off
   */
  apply(wanted: WantedTraffic): Promise<ServiceResult<TrafficReading>>
  /** Who made the last change; null when the provider does not tell. */
  lastChange(): Promise<ServiceResult<TrafficChange | null>>
}
