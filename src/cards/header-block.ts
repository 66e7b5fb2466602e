import type { HeaderBlock } from '@slack/types'
import type { Release } from '../release/release.ts'
import { name } from './spans.ts'
import { repositoryName } from './subject.ts'

/** The first line of a card about a release: `✋ Waiting for approval: omnihub → production`. */
export function headerBlock(
  state: string,
  release: Pick<Release, 'repository' | 'environment' | 'breakGlass'>,
): HeaderBlock {
  const alarm = release.breakGlass === null ? '' : '🚨 BREAK GLASS · '
  const where = `${name(repositoryName(release.repository), 40)} → ${name(release.environment, 40)}`
  return { type: 'header', text: { type: 'plain_text', text: name(`${alarm}${state}: ${where}`, 150), emoji: true } }
}
