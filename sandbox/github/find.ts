import type { JobState, RepositoryState, RunState } from './state.ts'

/** The run that a script calls by that name; the newest one, when the commit was played more than once. */
export function runOfRef(repository: RepositoryState, ref: string): RunState {
  const run = [...repository.runs.values()].findLast((candidate) => candidate.ref === ref)
  if (run === undefined) throw new Error(`There is no run "${ref}".`)
  return run
}

/** The job of that name in the newest attempt of the run. */
export function findJob(repository: RepositoryState, run: RunState, name: string): JobState {
  const job = repository.jobsOfRun.get(run.id)?.find((known) => known.name === name && known.attempt === run.attempt)
  if (job === undefined) throw new Error(`Run ${run.id} has no job "${name}" in attempt ${run.attempt}.`)
  return job
}
