/** What the channels of a repository are told of a fire drill. */
import type { Rendered } from './rendered.ts'
import { notification, outside, sections, words } from './spans.ts'

/** @param drill.text - plain words, tags of text-with-people.ts not among them */
export function drillNotice(drill: {
  readonly environment: string
  readonly isGood: boolean
  readonly text: string
}): Rendered {
  const line = [
    words(drill.isGood ? '🧯 Fire drill of ' : '❗ Fire drill of '),
    outside(drill.environment, 'bold'),
    words(': '),
    outside(drill.text, undefined, 1500),
  ]
  return { text: notification(line), blocks: sections([line]) }
}
