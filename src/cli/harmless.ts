import { plainText } from '../cards/escape.ts'

/** Names and messages are other people's words, and a terminal obeys some of them. */
export function harmless(text: string): string {
  return plainText(text).replaceAll('\u2060', '')
}
