/**
 * Takes secrets out of text that goes to a chat channel. GitHub masks what it knows to be a secret; a test that
 * prints its environment, or a URL with a password in it, gets past that. A needless mask costs a word, a missed
 * one costs a credential: when in doubt it is masked.
 */
const MASK = '[secret]'

/** Token shapes of the services that people use in pipelines; each stands alone, whatever is around it. */
const TOKEN_SHAPES: readonly RegExp[] = [
  /\bgh[a-z]_[A-Za-z0-9_.-]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{16,}/g,
  /\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}/g,
  /\bxapp-[A-Za-z0-9-]{8,}/g,
  /\bcf(?:ut|at|k)_[A-Za-z0-9_-]{16,}/g,
  /\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{5,2000}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g,
  /\b(?:glpat|npm|sbp|dop_v1|hvs|pypi|shpat|lin_api)[_-][A-Za-z0-9_.-]{16,}/g,
  /\b(?:sk|pk|rk|whsec)[_-][A-Za-z0-9_-]{16,}/g,
  /\bAIza[0-9A-Za-z_-]{30,}/g,
  /\bhttps:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[^\s"'<>]+/g,
]

const KEY_BEGINS = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----/
const KEY_ENDS = /-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----/
/** What stands between the two: base64, the headers of old formats, blank lines, and the same quoted with \n. */
const KEY_BODY = /^[\s>|"'\\n]*(?:[A-Za-z0-9+/=\\]+|(?:Proc-Type|DEK-Info|Comment):.*)?[\s"',\\n]*$/

// Every repetition below is bounded or cannot overlap with what follows it: logs are written by strangers, and an
// expression that takes quadratic time on a line made for it would stop the whole process.
const AUTHORIZATION = /\b(bearer|basic)(\s{1,8}|%20)("?)[A-Za-z0-9._~+/=-]{6,}/gi
const AUTHORIZATION_HEADER = /\b((?:proxy-)?authorization["']?\s{0,8}[:=]\s{0,8}["']?)(?!\[secret\])[^\r\n"']+/gi
const URL_CREDENTIALS =
  /\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s/?#"'<>@]{1,256}|[^\s/@:"'<>]{0,128}:[^\s"'<>]{1,256})@/gi
const URL_SIGNATURE = /([?&](?:sig|signature|code|key|auth|x-amz-signature|x-amz-credential)=)[^\s&"'<>]+/gi

const VALUE = '(?:"(?:[^"\\\\\\n]|\\\\.)*"?|\'(?:[^\'\\\\\\n]|\\\\.)*\'?|[^\\s,;&"\']+)'
/** Words that name a secret, as the end or the middle of a longer name too: `DB_PASSWORD`, `clientSecretKey`. */
const NAMED_SECRET = new RegExp(
  `((?:passw(?:or)?d|passphrase|passwd|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|credential)[\\w.-]{0,64}["']?\\s{0,8}(?:=>|:=|=|:)\\s{0,8})(?!\\[secret\\])${VALUE}`,
  'gi',
)
/** `token` alone is an everyday word ("Unexpected token: x"): masked after `=`, in quotes, or with a long value. */
const NAMED_TOKEN = new RegExp(
  `(token[\\w.-]{0,64}(?:["']?\\s{0,8}=|["']\\s{0,8}:)\\s{0,8})(?!\\[secret\\])${VALUE}`,
  'gi',
)
const LONG_TOKEN = /(token\s{0,8}:\s{0,8})(?=[^\s,;"']{12})[^\s,;"']+/gi
/** `--password hunter2`, `--token abc`: a flag with its value after a space. */
const SECRET_FLAG = new RegExp(
  `(--?[\\w-]{0,32}(?:password|passwd|passphrase|secret|token|api-?key|access-?key)[\\w-]{0,32}\\s{1,8})(?!\\[secret\\]|-)${VALUE}`,
  'gi',
)

/**
 * @param text - one line or many; the number of lines stays the same
 * @param literals - secrets that are known word for word (our own tokens); those under 4 characters are left alone
 * @returns the text with each secret replaced by `[secret]`
 */
export function maskSecrets(text: string, literals: readonly string[] = []): string {
  let masked = text
  for (const form of writtenForms(literals)) masked = masked.replaceAll(form, MASK)
  masked = maskPrivateKeys(masked.split('\n')).join('\n')
  for (const shape of TOKEN_SHAPES) masked = masked.replace(shape, MASK)
  return masked
    .replace(URL_CREDENTIALS, `$1${MASK}@`)
    .replace(URL_SIGNATURE, `$1${MASK}`)
    .replace(AUTHORIZATION, `$1$2$3${MASK}`)
    .replace(AUTHORIZATION_HEADER, `$1${MASK}`)
    .replace(NAMED_SECRET, `$1${MASK}`)
    .replace(NAMED_TOKEN, `$1${MASK}`)
    .replace(LONG_TOKEN, `$1${MASK}`)
    .replace(SECRET_FLAG, `$1${MASK}`)
}

/** A known secret as it is, line by line, and as it looks in a URL, in JSON and in base64; longest first. */
function writtenForms(literals: readonly string[]): readonly string[] {
  const forms = new Set<string>()
  for (const literal of literals) {
    const parts = [literal, ...literal.split(/\r?\n/).filter((line) => line.length >= 16)]
    for (const part of parts) {
      forms.add(part)
      forms.add(encodeURIComponent(part))
      forms.add(JSON.stringify(part).slice(1, -1))
      forms.add(Buffer.from(part).toString('base64').replace(/=+$/, ''))
    }
  }
  return [...forms].filter((form) => form.trim().length >= 4).sort((a, b) => b.length - a.length)
}

/**
 * Masks PEM private keys, line by line, also those whose first or last line is missing.
 *
 * @returns as many lines as came in
 */
export function maskPrivateKeys(lines: readonly string[]): readonly string[] {
  const masked = [...lines]
  let isInside = false
  lines.forEach((line, index) => {
    const begins = KEY_BEGINS.test(line)
    const ends = KEY_ENDS.test(line)
    if (ends && !isInside && !begins) maskUpwards(masked, lines, index - 1)
    if (begins || ends) masked[index] = MASK
    else if (isInside) {
      isInside = KEY_BODY.test(line)
      if (isInside && line.trim() !== '') masked[index] = MASK
    }
    if (begins) isInside = true
    if (ends) isInside = false
  })
  return masked
}

/** The body of a key whose BEGIN line was cut away, from its last line up. */
function maskUpwards(masked: string[], lines: readonly string[], from: number): void {
  for (let index = from; index >= 0; index -= 1) {
    const line = lines[index] ?? ''
    // A short word on a line of its own is base64 by its letters, but no line of a key.
    const isLastOfKey = index === from
    if (masked[index] === MASK || !/^\s*[A-Za-z0-9+/=]+\s*$/.test(line)) return
    if (line.trim().length < 40 && !isLastOfKey) return
    masked[index] = MASK
  }
}
