/**
 * Between which two pools the traffic of an environment is split, as the rules see it: by their names. Which of the two
 * serves is read at the provider when a release begins and is nowhere configured, because it changes with each release.
 */
export interface TrafficTarget {
  /** In the order of the configuration; two different names. */
  readonly pools: readonly [string, string]
}

/** The pool that a name is not: the one that gets the new version when the other serves. */
export function otherPool({ pools: [first, second] }: TrafficTarget, name: string): string {
  return name === first ? second : first
}
