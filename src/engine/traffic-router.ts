import type { TrafficChange, TrafficReading, WantedTraffic } from '../release/traffic.ts'
import type { ServiceResult } from './service-failure.ts'

export type { PoolHealth, PoolReading, TrafficChange, TrafficReading, WantedTraffic } from '../release/traffic.ts'

/**
 * The hand on the valve of one environment. All of its calls are safe to repeat: weights are absolute. Each gives up
 * after a few seconds and never tries again by itself; the engine decides about that.
 */
export interface TrafficRouter {
  /** Reads what is so at the provider now, past any cache. */
  read(): Promise<ServiceResult<TrafficReading>>
  /**
   * Sets the split and reads it back. `ok` says that the call was taken; whether it is in force is for the caller to see
   * in what was read back.
   */
  apply(wanted: WantedTraffic): Promise<ServiceResult<TrafficReading>>
  /** Who made the last change; null when the provider does not tell. */
  lastChange(): Promise<ServiceResult<TrafficChange | null>>
}
