const quoteIt = (example: string) => `Put the whole value in single quotes, like ${example}.`

/**
 * What a mistake in the YAML means, in the words of somebody who writes sluice.yml rather than those of a parser. It
 * says nothing of what the file holds, so that it cannot give a secret away.
 *
 * @param code - the parser's code
 * @param at - the character that the mistake begins at
 */
export function yamlProblemText(code: string, at: string): { readonly what: string; readonly mend: string } {
  switch (code) {
    case 'BAD_ALIAS':
      return {
        what: 'A value that begins with * refers to an anchor (&name), and there is no such anchor before it.',
        mend: quoteIt("'*lint*'"),
      }
    case 'TAG_RESOLVE_FAILED':
      return { what: 'A value that begins with ! is a tag in YAML, not text.', mend: quoteIt("'!*smoke*'") }
    case 'BAD_SCALAR_START':
      return { what: `A value cannot begin with ${at} unless it is quoted.`, mend: quoteIt(`'${at}name'`) }
    case 'BAD_DQ_ESCAPE':
      return {
        what: 'In double quotes a backslash begins an escape sequence, and this one does not exist.',
        mend: 'Use single quotes, in which a backslash is a backslash, or write it twice.',
      }
    case 'DUPLICATE_KEY':
      return {
        what: 'This key is already set further up in the same mapping.',
        mend: 'Keep one of the two. For several values write one key with a list.',
      }
    case 'TAB_AS_INDENT':
      return { what: 'This line is indented with a tab, which YAML does not allow.', mend: 'Indent it with spaces.' }
    case 'BAD_INDENT':
      return {
        what: 'The indentation does not fit, or a [ or { that was opened above is not closed.',
        mend: 'Indent it like the lines that it belongs with, and close every [ with ] and every { with }.',
      }
    case 'MISSING_CHAR':
      return {
        what: 'Something is missing here: a closing quote, a comma, or the colon after a key.',
        mend: 'Close the quote, or write the line as "key: value" with a space after the colon.',
      }
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        what: 'YAML finds a second key inside this value.',
        mend: 'If the value is text with ": " in it, put it in quotes. If the next line is a key of its own, indent it like its neighbours.',
      }
    case 'NON_STRING_KEY':
      return { what: 'A key must be a plain word.', mend: 'If it begins with [ or {, or with *, put it in quotes.' }
    case 'BAD_KEY':
      return { what: 'A key of this name is not possible.', mend: 'Take it out.' }
    case 'BAD_MERGE':
      return {
        what: 'Only a mapping can be merged with <<.',
        mend: 'Give the mapping an anchor where it is written (&name) and refer to it here: "<<: *name".',
      }
    case 'MULTIPLE_DOCS':
      return { what: 'A second document begins here.', mend: 'Take the line --- out: sluice.yml is one document.' }
    case 'RESOURCE_EXHAUSTION':
      return {
        what: 'The file is nested too deeply, or its aliases make it too large.',
        mend: 'Start again from sluice.example.yml.',
      }
    default:
      return {
        what: 'YAML cannot make sense of the file from here on.',
        mend: 'Look for a quote that is not closed, text after a closing quote, a "- " out of place, or indentation that does not fit. Text that holds quotes, ": ", or " #" must be quoted itself.',
      }
  }
}
