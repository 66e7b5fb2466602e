/** `action_id`s of the buttons on cards about releases; each carries the value that its comment names. */

/** `gateValue`. */
export const gateActions = {
  approve: 'gate_approve',
  reject: 'gate_reject',
  withdraw: 'gate_withdraw',
  cancel: 'gate_cancel',
  refresh: 'gate_refresh',
  breakGlass: 'gate_break_glass',
  signOff: 'gate_sign_off',
} as const

/** `environmentValue`. */
export const environmentActions = {
  lock: 'environment_lock',
  unlock: 'environment_unlock',
  takeOverLock: 'environment_take_over_lock',
  unfreeze: 'environment_unfreeze',
  why: 'environment_why',
} as const

/** `requestValue`. */
export const requestActions = {
  /** Asks as if the command had been typed. */
  request: 'request_release',
  /** Asks although another release is before it, and waits in the queue. */
  queue: 'request_in_queue',
  /** Opens the modal for breaking the glass for a request that was refused. */
  breakGlass: 'request_break_glass',
} as const

/** Opens the modal that bare `/deploy` opens; its value is an `environmentValue`, or `-` for none. */
export const openDeployAction = 'deploy_open'
