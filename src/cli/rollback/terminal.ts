import { createInterface } from 'node:readline/promises'
import type { Environment } from '../../config/read-secrets.ts'
import { UsageError } from '../usage-error.ts'

/** What a command that asks and tells as it goes has around it. */
export interface Terminal {
  /** One line for people, on the way. */
  say(line: string): void
  /** Null where nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | null
  readonly env: Environment
}

/** @param isForMachines - standard output is left to the result */
export function processTerminal(isForMachines: boolean): Terminal {
  const isThere = process.stdin.isTTY === true
  return {
    say: (line) => (isForMachines ? console.error(line) : console.log(line)),
    ask: isThere
      ? async (question) => {
          const lines = createInterface({ input: process.stdin, output: process.stderr })
          return await lines.question(question).finally(() => lines.close())
        }
      : null,
    env: process.env,
  }
}

/**
 * Whether a person says yes; no is what is meant by anything else.
 *
 * @throws UsageError where nobody can be asked and `--yes` was not said
 */
export async function isConfirmed(isSaid: boolean, question: string, { ask, say }: Terminal): Promise<boolean> {
  if (isSaid) return true
  if (ask === null) throw new UsageError('nobody can be asked here: say --yes to do it')
  const isYes = /^y(es)?$/i.test((await ask(`${question} [y/N] `)).trim())
  if (!isYes) say('Nothing was done.')
  return isYes
}
