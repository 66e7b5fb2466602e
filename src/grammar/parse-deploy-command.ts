import type { GrammarContext, GrammarProblem, ParsedCommand } from './deploy-command.ts'
import type { Edit, Trouble } from './outcome.ts'
import { readCommand } from './read-command.ts'
import { asPlainText, protectText } from './read-text.ts'
import { tokenize } from './tokenize.ts'

/** A command with more slips than this is not guessed at. */
const maxSlips = 4
const maxSuggestionLength = 300

/**
 * Understands what was typed behind `/deploy`.
 *
 * Forgiving in how it is written (order, case, quotes, `--flags`, Slack's decorations, pasted addresses), strict in what
 * it means: a word that is not understood is never taken for an environment, a strategy, a ref or a repository. Of what
 * was not typed only two things are filled in: the repository where there is just one, and `null` for "the first
 * strategy" and "the newest commit".
 *
 * @param text - as it came: Slack's entities and `<…>` are taken apart here. Any text is answered, in a time that grows
 *   with its length
 */
export function parseDeployCommand(text: string, context: GrammarContext): ParsedCommand {
  const source = tokenize(text)
  const outcome = readCommand(source, context)
  if (outcome.ok) return { ok: true, command: outcome.value }
  const { reason, word, message } = outcome.trouble
  const problem: GrammarProblem = { reason, word, message, suggestion: mend(source.text, outcome.trouble, context) }
  return { ok: false, problem }
}

/** Mends one slip after the other; only what is understood in the end is worth suggesting. */
function mend(typed: string, first: Trouble, context: GrammarContext): string | null {
  let text = typed
  let edits = first.edits
  for (let slips = 0; slips < maxSlips && edits.length > 0; slips++) {
    text = protectText(asPlainText(applyEdits(text, edits)))
    if (text.length > maxSuggestionLength) return null
    const source = tokenize(text)
    const outcome = readCommand(source, context)
    if (outcome.ok) return text === '' ? null : text
    text = source.text
    edits = outcome.trouble.edits
  }
  return null
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let edited = text
  for (const { start, end, text: put } of edits.toSorted((a, b) => b.start - a.start)) {
    edited = `${edited.slice(0, start)}${put}${edited.slice(end)}`
  }
  return edited
}
