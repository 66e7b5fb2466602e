/** What the production workflow is told, and what helps when GitHub does not take it. See docs/workflow-contract.md. */
import type { Plan } from '../../release/plan.ts'
import type { Release } from '../../release/release.ts'

const contract = 'docs/workflow-contract.md'

/** The inputs of the workflow, which it has to declare. */
export function workflowInputs({ id, sha, strategy }: Pick<Release, 'id' | 'sha' | 'strategy'>) {
  return { sluice_release: id, sha, strategy, step: '0' } as const
}

/**
 * What to do when GitHub refuses to start a workflow.
 *
 * @param detail - what GitHub said
 * @returns null where what it said is all there is to say
 */
export function startHint(detail: string, workflow: Plan['workflow']): string | null {
  const file = `.github/workflows/${workflow.file.split('/').at(-1) ?? workflow.file}`
  const names = Object.keys(workflowInputs({ id: '', sha: '', strategy: 'direct' })).join(', ')
  const declared = `under “on: workflow_dispatch: inputs:” in ${file} on ${workflow.ref}`
  if (/\b404\b/.test(detail)) {
    return `Check that ${file} is on the default branch, and that the credential may write Actions: ${contract}.`
  }
  if (/Unexpected inputs/i.test(detail)) {
    return `Declare the inputs that Sluice sends (${names}) ${declared}: ${contract}.`
  }
  if (/Required input/i.test(detail)) {
    return `Sluice sends ${names}: give other inputs that are required ${declared} a default, see ${contract}.`
  }
  if (/Provided value/i.test(detail)) return `Add it to the options of that input ${declared}: ${contract}.`
  if (/does not have .workflow_dispatch/i.test(detail)) {
    return `Add “on: workflow_dispatch:” with the inputs ${names} to ${file} on ${workflow.ref}: ${contract}.`
  }
  if (/disabled workflow/i.test(detail)) return `Enable ${file} again on the Actions page of the repository.`
  if (/No ref found/i.test(detail)) {
    return `There is no branch ${workflow.ref}: name the one that holds ${file} as workflow_ref in sluice.yml.`
  }
  return null
}
