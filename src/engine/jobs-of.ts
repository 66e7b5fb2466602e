import type { Job, Pipeline } from '../pipeline/pipeline.ts'

/** Every job of a pipeline, stage by stage. */
export function jobsOf(view: Pipeline): readonly Job[] {
  return view.stages.flatMap((stage) => stage.groups.flatMap((group) => group.jobs))
}

/** Name that a job is recognised by on other commits. */
export function lastingName(job: Pick<Job, 'workflow' | 'name'>): string {
  return job.workflow === null ? job.name : `${job.workflow} / ${job.name}`
}
