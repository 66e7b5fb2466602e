import { textParts } from '../release/text-with-people.ts'
import { date, type Line, mixed, user } from './spans.ts'

/** Words of the rules for a card: people in them as mentions, moments in the reader's own time. */
export function taggedLine(text: string): Line {
  return textParts(text).map((part) => {
    switch (part.type) {
      case 'words':
        return mixed(part.text)
      case 'person':
        return user(part.slackId) ?? mixed(part.name)
      case 'time':
        return date(part.at, '{date_short_pretty} {time}')
      default:
        return part satisfies never
    }
  })
}
