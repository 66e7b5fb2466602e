import { type Outcome, shown, trouble, understood, withoutWord } from './outcome.ts'
import type { Item, WordItem } from './read-items.ts'
import { asReleaseId, noReleaseId } from './read-text-command.ts'

/** What a card's buttons do. As words they lead to the card: somebody approves what they have seen, and nothing else. */
const cardVerbs: ReadonlySet<string> = new Set([
  ...['approve', 'reject', 'withdraw', 'refresh', 'evidence'],
  ...['break-glass', 'breakglass', 'break_glass', 'sign-off', 'signoff', 'sign_off'],
])

/** Whether a command begins with what is a button on the card. */
export function isCardVerb(item: WordItem): boolean {
  return !item.isQuoted && item.mark === null && cardVerbs.has(item.text.toLowerCase())
}

/** `card [ID]`, `approve [ID]`, … */
export function readCard(items: readonly Item[]): Outcome {
  const [id, extra] = items
  if (id === undefined) return understood({ type: 'card', releaseId: null })
  const text = id.type === 'word' ? id.text : (id.value ?? id.name)
  const isNamed = id.type === 'named' && id.key !== 'id'
  const releaseId = isNamed ? null : asReleaseId(text)
  if (releaseId === null) return isNamed ? noPlace(id.name, id) : noReleaseId(text)
  if (extra === undefined) return understood({ type: 'card', releaseId })
  return noPlace(extra.type === 'word' ? extra.text : extra.name, ...items.slice(1))
}

function noPlace(word: string, ...items: readonly Item[]): ReturnType<typeof trouble> {
  const way = 'The card is shown with its buttons; they ask for the rest.'
  return trouble('unknown_word', word, `${shown(word)} has no place here. ${way}`, items.map(withoutWord))
}
