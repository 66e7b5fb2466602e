import type { RefInput } from '../../grammar/deploy-command.ts'
import { quote } from '../../release/text-with-people.ts'
import type { CodeHostFailure } from '../code-host.ts'
import type { PerformContext } from '../perform-context.ts'
import type { AskRead } from './reads.ts'

/** The commit that was asked for, found now; the newest of the default branch when none was named. */
export async function resolveRef(
  ask: { readonly repository: string; readonly ref: RefInput | null },
  { codeHost }: Pick<PerformContext, 'codeHost'>,
): Promise<AskRead['resolved']> {
  const { repository } = ask
  let { ref } = ask
  if (ref === null) {
    const branch = await codeHost.defaultBranch(repository)
    if (!branch.ok) return unavailable(branch.failure)
    ref = { type: 'ref', ref: branch.value }
  }
  const shown = ref.type === 'ref' ? ref.ref : ref.type === 'pull' ? `#${ref.number}` : `run ${ref.runId}`
  const result = await codeHost.resolveRef({ repository, ref })
  if (!result.ok) return unavailable(result.failure)
  if (result.value === null) {
    const detail = `“${quote(shown)}” means nothing in ${repository}. Name a branch, a tag, a commit, or paste the address of a pull request.`
    return { ok: false, reason: 'unknown_ref', detail }
  }
  return { ok: true, sha: result.value.sha, ref: shown }
}

function unavailable(failure: CodeHostFailure): AskRead['resolved'] {
  return { ok: false, reason: 'service_unavailable', detail: describe(failure) }
}

function describe(failure: CodeHostFailure): string {
  return failure.type === 'rate_limited' ? 'GitHub wants a pause.' : failure.detail
}
