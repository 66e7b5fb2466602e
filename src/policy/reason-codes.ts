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
} as const satisfies Record<string, string>

export type ReasonCode = keyof typeof reasons
