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
  /** Everything that the card had to cut; changes nothing. */
  evidence: 'gate_evidence',
  /** The whole story, as /deploy show tells it. */
  story: 'gate_story',
} as const

/** `rolloutValue`. */
export const rolloutActions = {
  /** Opens a form. */
  hold: 'rollout_hold',
  resume: 'rollout_resume',
  advance: 'rollout_advance',
  promote: 'rollout_promote',
  rollBack: 'rollout_roll_back',
  /** The same with a form, where it takes more words than a dialog has room for. */
  rollBackForm: 'rollout_roll_back_form',
  /** Opens a form. */
  extend: 'rollout_extend',
  adopt: 'rollout_adopt',
  restore: 'rollout_restore',
  approveStep: 'rollout_approve_step',
  doneByHand: 'rollout_done_by_hand',
} as const

/** `environmentValue`. */
export const environmentActions = {
  lock: 'environment_lock',
  unlock: 'environment_unlock',
  takeOverLock: 'environment_take_over_lock',
  freeze: 'environment_freeze',
  unfreeze: 'environment_unfreeze',
} as const

/** `requestValue`. */
export const requestActions = {
  /** Asks as if the command had been typed. */
  request: 'request_release',
  /** What stands in the way of it; makes nothing. */
  why: 'request_why',
  /** The whole release that would be made; makes none. */
  plan: 'request_plan',
} as const

/** Questions that change nothing; each value is an `environmentValue`, or `-` for all environments. */
export const queryActions = {
  status: 'deploy_status',
  history: 'deploy_history',
  /** Never `-`. */
  who: 'deploy_who',
  /** How everything is typed; its value says nothing. */
  help: 'deploy_help',
} as const

/**
 * Opens the modal that bare `/deploy` opens; its value is an `environmentValue`, a `requestValue` to fill in, or `-` for
 * none.
 */
export const openDeployAction = 'deploy_open'
