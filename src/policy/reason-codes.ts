/**
 * Every reason for which Sluice refuses an action: stable codes for the audit log and the metrics, each with the
 * sentence that the person sees. It says what would make the action work; the names, the times and the links that
 * belong to the case are added by whoever refuses.
 */
export const reasons = {
  // Who
  other_workspace: 'You belong to another workspace, and this one has not named it in slack.allowed_teams.',
  guest: 'Guests cannot do this unless slack.allowed_guests names them.',
  deactivated: 'This Slack account is deactivated.',
  unknown_person: 'Slack could not say who you are, so nothing was done. Press again in a moment.',
  not_entitled: 'You are not among the people who may do this here: ask one of them.',
  membership_unknown:
    'It could not be read just now who belongs to the groups that may do this, so nothing was done: press again in a moment.',
  self_approval: 'You asked for this release, so somebody else has to approve it.',
  author_approval: 'You wrote or committed some of what would ship, so somebody else has to approve it.',
  same_person: 'You have approved this already, and one person counts once: another person has to approve as well.',
  not_needed: 'Enough people have approved in the places that you can fill: what is missing has to come from others.',
  not_own_approval: 'This approval is not yours: only the person who gave it can withdraw it.',
  self_review: 'You took part in this yourself, so somebody else has to sign the review off.',
  break_glass_not_allowed:
    'You may not break the glass for this environment: ask one of the people whom its break_glass rule names.',

  // The button and the gate
  malformed_button: 'This button does not say what it is for. Use the one on the newest message.',
  stale_button: 'This button belongs to an older state of the card: use the one on the newest card.',
  copied_message: 'This button is on a copy of the card, where it does nothing: use the card itself.',
  unknown_release: 'Sluice knows no such release: /deploy status lists those that are under way.',
  wrong_state: 'The release is not in a state in which this can be done: its card shows what can be done now.',
  already_decided: 'This was decided already: ask for the release again to have it decided anew.',
  expired: 'The time for approving this release is over: ask for it again.',
  superseded: 'A newer release of the same service has taken its place: decide on the newer one.',
  cancelled: 'This release was cancelled: ask for it again to have it made.',
  too_late_to_withdraw: 'The release has begun, so an approval cannot be withdrawn any more: hold it or roll it back.',
  plan_changed:
    'What would ship is not what was approved any more, so the approvals do not count: look at what changed and approve again.',
  built_other_commit:
    'The workflow built another commit than the approved one, so nothing was shifted: start the release again for the commit that you want.',
  run_cancelled: 'The workflow run was cancelled on GitHub: ask for the release again.',
  rule_expired: 'GitHub does not wait for this decision any more: start the workflow again and decide there.',
  checklist_incomplete: 'Not every point of the checklist is ticked: open Approve again and go through all of them.',
  reason_needed: 'This needs a reason that others can read later: do it again with one.',
  confirmation_needed: 'This needs a second confirmation: do it again and confirm it.',

  // The environment
  frozen: 'The environment is frozen: wait until the freeze ends, or have an entitled person break the glass.',
  locked: 'The environment is locked: ask its owner to unlock it, or take the lock over.',
  not_locked: 'The environment is not locked, so there is nothing to unlock.',
  environment_busy: 'Another release of this environment is under way: this one waits in the queue until it has ended.',
  review_owed:
    'The glass was broken for this environment and nobody has reviewed it yet: somebody who took no part has to sign it off first.',

  // The commit
  ci_not_green: 'Not all required checks of this commit have passed: mend or re-run what failed and ask again.',
  ci_unknown: 'GitHub could not say whether the checks of this commit have passed: ask again in a moment.',
  staging_missing: 'This commit has not been deployed to staging with passed smoke tests: deploy it there first.',
  staging_stale: 'The staging deployment of this commit is older than is allowed: deploy it to staging again.',
  branch_not_allowed: 'This commit is on none of the branches that may be deployed here: merge it into one of them first.',
  unknown_ref: 'No branch, tag or commit has this name: check the spelling, or push it first.',
  ambiguous_ref: 'This name stands for more than one commit: give the full name or more digits of the sha.',
  nothing_to_deploy: 'This commit is what is live there already: choose another one.',

  // The request
  not_understood: 'A word of the command was not understood, so nothing was done: /deploy help shows how it is written.',
  unknown_environment: 'No environment has this name: take one of those that sluice.yml lists for the repository.',
  unknown_strategy: 'No strategy has this name: take canary, blue-green or direct.',
  unknown_repository: 'Sluice is not configured for this repository: add it to sluice.yml.',
  repository_needed: 'Several repositories belong to this channel: name the one that you mean.',
  code_host_unavailable: 'GitHub could not be reached, so nothing was done: try again in a moment.',

  // Runs
  already_rerun: 'This run was already started again.',
  still_running: 'This run has not ended yet: it can be started again when it has.',
  rerun_refused: 'GitHub did not take the re-run.',
  rerun_failed:
    'GitHub could not be reached, so the re-run may not have started. Look at the run before you press again.',
  unknown_run: 'This run belongs to no repository that Sluice is configured for.',
} as const satisfies Record<string, string>

export type ReasonCode = keyof typeof reasons
