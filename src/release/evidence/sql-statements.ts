import { readSql, type SqlToken } from './sql-tokens.ts'

/** One statement: tokens without the semicolon, and where it stands in the text. */
export interface SqlStatement {
  readonly tokens: readonly SqlToken[]
  readonly start: number
  readonly end: number
}

/** Words of PL/pgSQL behind which a statement begins. */
const openers = new Set(['begin', 'then', 'else', 'loop', 'declare'])

/**
 * @param language - in `plpgsql`, statements begin also behind BEGIN, THEN, ELSE and LOOP; a function body is such text
 */
export function splitStatements(text: string, language: 'sql' | 'plpgsql'): readonly SqlStatement[] {
  const reader = readSql(text)
  const statements: SqlStatement[] = []
  let tokens: SqlToken[] = []
  /** CASE … END within an expression, where THEN and ELSE begin no statement. */
  let cases = 0
  /** BEGIN ATOMIC … END of a function that is written in standard SQL: its body is not executed now. */
  let atomic = 0

  for (let token = reader.next(); token !== null; token = reader.next()) {
    const word = token.type === 'word' ? token.text : null
    if (atomic > 0) {
      if (word === 'case') atomic++
      if (word === 'end') atomic--
      continue
    }
    if (word === 'atomic' && tokens.at(-1)?.text === 'begin' && tokens[0]?.text === 'create') {
      atomic = 1
      continue
    }
    if (token.type === 'symbol' && token.text === ';') {
      const isCopy = isCopyFromInput(tokens)
      close()
      if (isCopy) reader.skipCopiedRows()
      continue
    }
    if (language === 'plpgsql' && word !== null) {
      if (word === 'case' && tokens.length > 0 && tokens[0]?.text !== 'end') cases++
      if (word === 'end' && cases > 0) cases--
      else if (cases === 0 && openers.has(word)) {
        close()
        continue
      }
    }
    tokens.push(token)
  }
  close()
  return statements

  function close(): void {
    const [first] = tokens
    const last = tokens.at(-1)
    if (first !== undefined && last !== undefined) statements.push({ tokens, start: first.start, end: last.end })
    tokens = []
    cases = 0
  }
}

function isCopyFromInput(tokens: readonly SqlToken[]): boolean {
  if (tokens[0]?.type !== 'word' || tokens[0].text !== 'copy') return false
  return tokens.some((token, index) => token.text === 'from' && tokens[index + 1]?.text === 'stdin')
}
