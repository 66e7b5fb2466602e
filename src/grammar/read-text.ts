/**
 * Takes off what Slack, keyboards and clipboards put around words: links, channels and people in `<…>`, entities,
 * non-breaking spaces, characters that nobody sees. What comes out is what the person believes to have typed.
 */

/** Stand before the name of a channel and of a person or group; people cannot type them, they are taken out first. */
export const channelMark = '\uE000'
export const personMark = '\uE001'

// The lengths are bounded, so that a text full of `<` takes no longer than its length.
const decoration = /<((?:https?:\/\/|mailto:|[#@!])[^<>\s|]{1,2000})(?:\|([^<>]{0,500}))?>/
const entity = /&(amp|lt|gt);/
// Soft hyphen, zero-width characters, marks and overrides of direction, and the two marks above.
const unseen = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uE000\uE001]/
const noise = new RegExp(`${decoration.source}|${entity.source}|${unseen.source}`, 'gi')
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what becomes a space
const blank = /[\s\u0000-\u001F\u007F-\u009F]/g

/** @returns the text with one plain space for each blank; quotes are as they were typed */
export function readText(text: string): string {
  return text.replace(noise, undecorated).replace(blank, ' ')
}

function undecorated(_whole: string, target?: string, label?: string, name?: string): string {
  if (name !== undefined) return name.toLowerCase() === 'amp' ? '&' : name.toLowerCase() === 'lt' ? '<' : '>'
  if (target === undefined) return ''
  const kind = target[0]
  if (kind === '#') return `${channelMark}${oneWord(label ?? target.slice(1))}`
  if (kind === '@' || kind === '!') return `${personMark}${oneWord(label ?? target.slice(1))}`
  return decoded(target.toLowerCase().startsWith('mailto:') ? (label ?? target.slice('mailto:'.length)) : target)
}

function oneWord(name: string): string {
  return decoded(name).replace(/^[@#]/, '').replace(/\s+/g, '_')
}

function decoded(text: string): string {
  return text
    .replace(new RegExp(`${entity.source}|${unseen.source}`, 'gi'), (_whole, name?: string) =>
      name === undefined ? '' : undecorated('', undefined, undefined, name),
    )
    .trim()
}

/** One line of text for a reason or a note, out of what `readText` made. */
export function asPlainText(text: string): string {
  return text.replaceAll(channelMark, '#').replaceAll(personMark, '@').replace(/ +/g, ' ').trim()
}

/** The inverse of `readText` for a text that went through it: parsing it again gives the same text. */
export function protectText(text: string): string {
  return text.replace(/&(?=(?:amp|lt|gt);)/gi, '&amp;').replace(/<(?=https?:\/\/|mailto:|[#@!])/gi, '&lt;')
}

const doubleQuotes = /[“”„‟«»＂″]/g
const singleQuotes = /[‘’‚‛‹›＇′]/g

/** The text with typographic quotes made straight; positions stay the same. */
export function withStraightQuotes(text: string): string {
  return text.replace(doubleQuotes, '"').replace(singleQuotes, "'")
}
