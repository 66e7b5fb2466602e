import type { PlanBlock, TaskCardBlock } from '@slack/types'

/** A plan's tasks are typed loosely; those that can be shown are task cards. */
export function isTaskCard(task: NonNullable<PlanBlock['tasks']>[number]): task is TaskCardBlock {
  return task.type === 'task_card' && typeof task.title === 'string' && typeof task.status === 'string'
}
