import { compileGlob } from './glob.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * Whether a pipeline gets a card: the default branch always, other branches when a glob names them, and commits of
 * pull requests when they are asked for.
 */
export function isFollowed(
  pipeline: Pipeline,
  wanted: { readonly branches: readonly string[]; readonly pullRequests: boolean },
): boolean {
  if (pipeline.isDefaultBranch) return true
  if (wanted.pullRequests && pipeline.pullRequest?.relation === 'head') return true
  const branches = pipeline.branches ?? (pipeline.branch === null ? [] : [pipeline.branch])
  return wanted.branches.some((pattern) => branches.some(compileGlob(pattern)))
}
