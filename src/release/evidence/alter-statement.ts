import type { DestructiveStatement } from '../evidence.ts'
import type { SqlToken } from './sql-tokens.ts'
import { afterName, hasWordsAt, outsideBrackets, splitAtCommas, wordAt } from './statement-words.ts'

type Kind = DestructiveStatement['kind']

/** Types that take in whatever the usual types of the same family hold. */
const wideTypes =
  /^(?:text|citext|bigint|int8|varchar|character varying|numeric|decimal|double precision|float8|jsonb|timestamptz|timestamp with time zone)(?:\[\])*$/

const serialTypes = new Set(['serial', 'bigserial', 'smallserial', 'serial2', 'serial4', 'serial8'])

/** What `ADD` adds to a table besides columns. */
const constraints = new Set(['constraint', 'check', 'primary', 'unique', 'foreign', 'exclude'])

/** Nobody's queries name these. */
const renamedFreely = new Set([
  'index',
  'policy',
  'trigger',
  'statistics',
  'rule',
  'extension',
  'publication',
  'subscription',
])

/**
 * What an ALTER statement may break.
 *
 * A changed type counts unless the new one is known to be wide: what the column was is not in the file. So does every
 * change with USING. DROP CONSTRAINT does not count: it takes no data away and stops no query.
 */
export function kindsOfAlter(tokens: readonly SqlToken[]): readonly Kind[] {
  const object = wordAt(tokens, 1) === 'foreign' || wordAt(tokens, 1) === 'materialized' ? 2 : 1
  const kind = wordAt(tokens, object)
  if (kind === 'table' || kind === 'type' || kind === 'view' || kind === 'domain') {
    return splitAtCommas(tokens.slice(actionStart(tokens, object + 1))).flatMap((action) => kindOfAction(action) ?? [])
  }
  if (kind !== null && renamedFreely.has(kind)) return []
  const outside = outsideBrackets(tokens)
  const isMoved = outside.some((_token, index) => {
    return index > 1 && (hasWordsAt(outside, index, 'rename', 'to') || hasWordsAt(outside, index, 'set', 'schema'))
  })
  return isMoved ? ['rename'] : []
}

function actionStart(tokens: readonly SqlToken[], index: number): number {
  let position = hasWordsAt(tokens, index, 'if', 'exists') ? index + 2 : index
  if (wordAt(tokens, position) === 'only') position++
  position = afterName(tokens, position)
  return tokens[position]?.text === '*' ? position + 1 : position
}

function kindOfAction(action: readonly SqlToken[]): Kind | null {
  switch (wordAt(action, 0)) {
    case 'drop':
      return isDroppedColumn(action) ? 'drop_column' : null
    case 'add':
      return isStrictNewColumn(action) ? 'not_null_without_default' : null
    case 'alter':
      return kindOfColumnChange(action)
    case 'rename':
      return wordAt(action, 1) === 'constraint' ? null : 'rename'
    case 'set':
      if (wordAt(action, 1) === 'schema') return 'rename'
      // ALTER DOMAIN … SET NOT NULL
      return hasWordsAt(action, 1, 'not', 'null') ? 'not_null_without_default' : null
    case 'detach':
      return 'drop'
    default:
      return null
  }
}

function isDroppedColumn(action: readonly SqlToken[]): boolean {
  const what = wordAt(action, 1)
  // ALTER DOMAIN and ALTER VIEW have DROP NOT NULL, DROP DEFAULT.
  return action.length > 1 && what !== 'constraint' && what !== 'default' && !hasWordsAt(action, 1, 'not', 'null')
}

function isStrictNewColumn(action: readonly SqlToken[]): boolean {
  if (constraints.has(wordAt(action, 1) ?? '') || wordAt(action, 1) === 'value') return false
  const words = outsideBrackets(action).map((token) => (token.type === 'word' ? token.text : ''))
  const follows = (first: string, second: string) =>
    words.some((word, at) => word === first && words[at + 1] === second)
  const isFilled =
    words.some((word, at) => word === 'default' && words[at + 1] !== 'null') ||
    words.includes('generated') ||
    words.some((word) => serialTypes.has(word))
  return (follows('not', 'null') || follows('primary', 'key')) && !isFilled
}

/** `ALTER [COLUMN] name …`, `ALTER ATTRIBUTE name …` */
function kindOfColumnChange(action: readonly SqlToken[]): Kind | null {
  const name = ['column', 'attribute'].includes(wordAt(action, 1) ?? '') && action.length > 3 ? 2 : 1
  const change = afterName(action, name)
  if (hasWordsAt(action, change, 'set', 'not', 'null')) return 'not_null_without_default'
  const type = hasWordsAt(action, change, 'set', 'data', 'type')
    ? change + 3
    : wordAt(action, change) === 'type'
      ? change + 1
      : null
  if (type === null) return null
  const rest = action.slice(type)
  const isConverted = outsideBrackets(rest).some(({ type: kind, text }) => kind === 'word' && text === 'using')
  return isConverted || !wideTypes.test(typeName(rest)) ? 'narrow_type' : null
}

function typeName(tokens: readonly SqlToken[]): string {
  const end = tokens.findIndex(
    ({ type, text }) => type === 'word' && ['collate', 'using', 'cascade', 'restrict'].includes(text),
  )
  return tokens
    .slice(0, end === -1 ? undefined : end)
    .map(({ type, text }) => (type === 'symbol' ? text : ` ${text}`))
    .join('')
    .replace(/^ pg_catalog\./, '')
    .trim()
}
