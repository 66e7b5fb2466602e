import type { RefInput } from './deploy-command.ts'

/** Refs: what is told from how they are spelt alone. Whether there is such a branch or commit, the code host says. */

/** What git allows in the name of a branch or tag (git-check-ref-format(1)), with `~1` and `^` behind it. */
export function isRef(text: string): boolean {
  if (text.length === 0 || text.length > 255) return false
  const suffix = /^([^~^]+)((?:~\d{0,4}|\^\d{0,2}){0,8})$/.exec(text)
  const name = suffix?.[1]
  return (
    name !== undefined &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what git forbids
    !/[\u0000-\u0020\u007F:?*[\\\s]/.test(name) &&
    !/\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)/.test(name) &&
    !/^[-./@]$|^[-./]|[./]$/.test(name)
  )
}

/** Spelt like a version, a sha, a path or a position: nobody would take it for the name of an environment. */
export function looksLikeRef(text: string): boolean {
  return /[0-9/.~^]/.test(text) || isUsualBranch(text)
}

export function isUsualBranch(text: string): boolean {
  return ['main', 'master', 'trunk', 'develop', 'head'].includes(text.toLowerCase())
}

/** `#123`, also with what people put before it. */
export function asPull(text: string): RefInput | null {
  const number = /^(?:pr|pull)?#(\d{1,9})$/i.exec(text)?.[1]
  return number === undefined || Number(number) === 0 ? null : { type: 'pull', number: Number(number) }
}

/** @param digits - with or without `#` before them */
export function pullOf(digits: string): RefInput | null {
  return asPull(digits.startsWith('#') ? digits : `#${digits}`)
}

export function runOf(digits: string): RefInput | null {
  const runId = /^\d{1,15}$/.test(digits) ? Number(digits) : 0
  return runId === 0 ? null : { type: 'run', runId }
}

/** The value of `ref:`: everything that is spelt well, plain numbers too. */
export function refOf(text: string): RefInput | null {
  return asPull(text) ?? (isRef(text) ? { type: 'ref', ref: text } : null)
}

export function isSameRef(a: RefInput, b: RefInput): boolean {
  return refKey(a) === refKey(b)
}

function refKey(ref: RefInput): string {
  switch (ref.type) {
    case 'ref':
      return `ref ${ref.ref}`
    case 'pull':
      return `pull ${ref.number}`
    case 'run':
      return `run ${ref.runId}`
  }
}
