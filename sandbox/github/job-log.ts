/** The log of a job as GitHub writes it: timestamps, groups, the echo of commands, colour codes, errors. */
import { stepsOf } from './actions-objects.ts'
import type { JobState, RepositoryState } from './state.ts'
import { fullNameOf } from './state-access.ts'

const DEFAULT_FAILURE = [
  '\u001b[31m✖ 1 of 42 checks failed\u001b[0m',
  'Error: expected the answer to be 42, but it was 41',
  '    at answer (src/answer.ts:7:11)',
]

/** @returns the whole text, with a final newline; empty for a job that never ran */
export function jobLog(repository: RepositoryState, job: JobState, now: number): string {
  if (job.startedAt === null || job.conclusion === 'skipped') return ''
  const lines: string[] = []
  for (const step of stepsOf(job, now)) {
    if (step.status !== 'completed' || step.conclusion === 'skipped' || !step.started_at || !step.completed_at) continue
    const startedAt = Date.parse(step.started_at)
    const endedAt = Date.parse(step.completed_at)
    const texts = textsOf(repository, job, step.name, step.name === job.failingStep)
    texts.forEach((text, index) => {
      // Steps are told in whole seconds; a line may come in the last of them.
      const at = new Date(startedAt + ((endedAt - startedAt) * index) / texts.length)
      lines.push(`${at.toISOString().replace('Z', `${String(index % 10_000).padStart(4, '0')}Z`)} ${text}`)
    })
  }
  return `\uFEFF${lines.join('\n')}\n`
}

function textsOf(repository: RepositoryState, job: JobState, step: string, isFailing: boolean): readonly string[] {
  if (step === 'Set up job') {
    return [
      "Current runner version: '2.330.0'",
      '##[group]Operating System',
      'Ubuntu',
      '24.04.3',
      'LTS',
      '##[endgroup]',
      '##[group]GITHUB_TOKEN Permissions',
      'Contents: read',
      'Metadata: read',
      '##[endgroup]',
      `Complete job name: ${job.name}`,
    ]
  }
  if (step === 'Complete job') return ['Cleaning up orphan processes']
  const command = step.replace(/^Run /, '')
  const head = [
    `##[group]Run ${command}`,
    `\u001b[36;1m${command}\u001b[0m`,
    'shell: /usr/bin/bash -e {0}',
    'env:',
    `  GITHUB_REPOSITORY: ${fullNameOf(repository)}`,
    '##[endgroup]',
  ]
  if (!isFailing) return [...head, `\u001b[32m✓\u001b[0m ${command}`]
  if (job.conclusion === 'timed_out') {
    return [...head, ...(job.failure?.log ?? []), '##[error]The action has timed out.']
  }
  const exitCode = job.failure?.exitCode ?? 1
  return [...head, ...(job.failure?.log ?? DEFAULT_FAILURE), `##[error]Process completed with exit code ${exitCode}.`]
}
