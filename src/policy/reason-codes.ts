/**
 * Every reason for which Sluice refuses an action: stable codes for the audit log and the metrics, each with the
 * sentence that the person sees.
 */
export const reasons = {
  other_workspace: 'You belong to another workspace, and this one has not named it in slack.allowed_teams.',
  guest: 'Guests cannot do this unless slack.allowed_guests names them.',
  deactivated: 'This Slack account is deactivated.',
  unknown_person: 'Slack could not say who you are, so nothing was done. Press again in a moment.',
  already_rerun: 'This run was already started again.',
  still_running: 'This run has not ended yet: it can be started again when it has.',
  rerun_refused: 'GitHub did not take the re-run.',
  rerun_failed:
    'GitHub could not be reached, so the re-run may not have started. Look at the run before you press again.',
  malformed_button: 'This button does not say what it is for. Use the one on the newest message.',
  unknown_run: 'This run belongs to no repository that Sluice is configured for.',

  // Asking for a release
  unknown_environment: 'The repository has no such environment in sluice.yml.',
  not_a_requester: 'You may not ask for releases of this environment.',
  unknown_ref: 'There is no such branch, tag or commit.',
  not_on_allowed_branch: 'The commit is on none of the branches that may be released there.',
  ci_not_green: 'Not every required check of the commit has passed.',
  staging_missing: 'The commit has no successful staging deployment with passed smoke tests.',
  staging_too_old: 'The staging deployment is older than this environment allows.',
  no_approvers: 'Nobody is configured who could approve a release of this environment.',
  strategy_not_allowed: 'This environment does not allow that strategy.',
  already_live: 'Exactly this commit is live there already.',
  already_requested: 'A release of this commit to this environment is open already.',
  asks_on_github:
    'The workflow of this environment asks by itself: start it on GitHub, and its gate opens here when it gets there.',
  frozen: 'The environment is frozen.',
  locked: 'The environment is locked.',
  review_owed: 'A release went out by breaking the glass, and nobody else has signed it off yet.',
  unknown_release: 'There is no such release.',
  service_unavailable: 'GitHub could not say how things stand, so nothing was done. Try again in a moment.',

  // At the gate
  not_entitled: 'You are not among the people who may approve this release.',
  membership_unknown:
    'Slack or GitHub could not say whether you may approve this, so nothing was done. Press again in a moment.',
  self_approval: 'You asked for this release, so somebody else has to approve it.',
  author_approval: 'You wrote a part of what would ship, so somebody else has to approve it.',
  already_approved: 'Your approval counts already.',
  rule_filled: 'The part of the approvals that you could give is complete; somebody else’s is missing.',
  stale_button: 'The card has changed since: look at it again before you press.',
  copied_card: 'This is a copy of the card, or one that was replaced: decide on the card itself.',
  plan_changed: 'What would ship has changed since it was shown, so approvals of the old plan are void.',
  already_decided: 'This was decided already.',
  expired: 'The gate was open too long without a decision; ask again.',
  superseded: 'A newer release has taken this one’s place.',
  not_approved_by_you: 'You have not approved this release, so there is nothing to take back.',
  too_late: 'It has begun already, so it cannot be called off here any more.',
  not_yours: 'Only the requester or somebody who may approve can do this.',
  reason_missing: 'Say why: a reason is needed for this.',
  not_break_glass: 'You are not among the people who may break the glass here.',
  nothing_to_break: 'Nothing stands in the way that breaking the glass would override.',

  // Carrying out
  start_refused: 'GitHub did not start the workflow.',
  start_unknown: 'Whether GitHub started the workflow could not be found out.',
  run_failed: 'The workflow did not end well.',
  run_cancelled: 'The workflow was cancelled.',
  built_other_commit: 'The workflow built another commit than the approved one.',
  built_unknown: 'The workflow did not say which commit it built, so that nothing shows that it was the approved one.',
  rule_gone: 'GitHub does not wait for an answer any more: the rule has expired or the run has ended.',
  decided_on_github: 'Somebody decided on GitHub’s own page.',

  // Rolling out
  may_not_deploy: 'You are not among the people who may deploy to this environment.',
  no_rollout: 'The release has no rollout.',
  rollout_over: 'The rollout has ended already.',
  not_begun: 'No traffic has been shifted yet.',
  already_held: 'It is held already.',
  nothing_by_hand: 'No part of a rollback waits to be done by hand.',
  not_held: 'It is not held.',
  already_moving: 'It is on its way to the next step already.',
  already_there: 'The new version has all of the traffic already.',
  rolling_back: 'It is being rolled back.',
  step_needs_approval: 'The next step needs somebody’s approval.',
  no_approval_asked: 'No step waits for an approval.',
  nothing_changed: 'The traffic is split as it was last confirmed.',
  cannot_adopt: 'The split as it is now cannot be taken over: restore it or roll back.',
  bad_extension: 'A window can be made longer by up to a day.',
  no_window: 'No window is open.',
  no_backup: 'The release brings migrations, and its workflow named no backup, so it does not go on.',
  traffic_changed: 'Somebody else changed how the traffic is split: adopt it, restore it or roll back.',
  snapshot_failed: 'What is live could not be recorded, so that it could not be put back.',
  traffic_unreadable: 'How the traffic is split could not be read.',
  traffic_obstacle: 'Something stands in the way of the split.',
  weights_not_taken: 'The load balancer did not take the new weights.',
  pools_not_ready: 'Not both pools are healthy and known, so no traffic is shifted.',
  baseline_unhealthy: 'The old version is not healthy either, so nothing is decided without a person.',
  canary_unhealthy: 'The new version is not healthy.',
  metrics_source_away: 'The source of the metrics does not answer.',
  no_canary_traffic: 'The new version receives no traffic.',
  uneven_traffic: 'The new version receives another share of the traffic than its weight says.',
  undecided: 'The window is over, and the measurements show neither harm nor that there is none.',
  metric_failed: 'The measurements show that the new version is worse.',
  check_failed: 'A check of the rollout failed.',
  check_unknown: 'A check of the rollout could not be carried out.',
  hold_ran_out: 'It was held for longer than this environment allows.',
  leg_failed: 'A part of the rollback could not be done.',

  // Locks, freezes and reviews
  not_an_approver: 'Only those who may approve releases of this environment can do this.',
  not_locked: 'The environment is not locked.',
  lock_taken: 'Somebody else holds the lock.',
  not_frozen: 'No freeze of that kind is in force.',
  own_review: 'Somebody other than the one who broke the glass has to sign this off.',
  no_review_owed: 'No review is owed for this environment.',
} as const satisfies Record<string, string>

export type ReasonCode = keyof typeof reasons

export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(reasons, code)
}
