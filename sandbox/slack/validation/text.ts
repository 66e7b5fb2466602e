import { asObject, checkBoolean, checkKeys, checkOneOf, checkString, isObject, type Report } from './problems.ts'

type TextKind = 'plain_text' | 'mrkdwn'

/** Checks a text object: its type, its length, and what each type may carry. */
export function checkText(
  value: unknown,
  path: string,
  report: Report,
  rule: { readonly max: number; readonly kinds?: readonly TextKind[] },
): void {
  const text = asObject(value, path, report)
  if (text === null) return
  checkOneOf(text.type, `${path}/type`, report, rule.kinds ?? ['plain_text', 'mrkdwn'])
  checkString(text.text, `${path}/text`, report, { min: 1, max: rule.max })
  checkKeys(text, path, report, ['type', 'text', 'emoji', 'verbatim'])
  if ('emoji' in text) {
    checkBoolean(text.emoji, `${path}/emoji`, report)
    if (text.type === 'mrkdwn') report(`${path}/emoji`, 'is for plain_text only')
  }
  if ('verbatim' in text) {
    checkBoolean(text.verbatim, `${path}/verbatim`, report)
    if (text.type === 'plain_text') report(`${path}/verbatim`, 'is for mrkdwn only')
  }
  if (text.type === 'mrkdwn' && typeof text.text === 'string') checkMrkdwn(text.text, `${path}/text`, report)
}

const angle = /<([^<>\n]*)>/g
const known =
  /^(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!(?:here|channel|everyone)|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^|]*(?:\^[^|]*)?|(?:https?|mailto|tel|slack):[^|\s]+)(?:\|[^|]*)?$/

/**
 * Checks that what stands between angle brackets is one of Slack's own forms, and that no bracket is left over.
 * Slack itself shows such text as it is; a message that has it was put together wrongly, so it counts as a problem.
 */
export function checkMrkdwn(text: string, path: string, report: Report): void {
  const rest = text.replace(angle, (whole, inside: string) => {
    if (!known.test(inside)) report(path, `has something between angle brackets that Slack does not know: ${whole}`)
    return ''
  })
  if (/[<>]/.test(rest.replace(/^> ?/gm, ''))) report(path, 'has an unescaped < or >')
  if (/&(?!(?:amp|lt|gt);)/.test(rest)) report(path, 'has an unescaped &')
}

/** Checks a confirmation dialog. */
export function checkConfirm(value: unknown, path: string, report: Report): void {
  const confirm = asObject(value, path, report)
  if (confirm === null) return
  checkKeys(confirm, path, report, ['title', 'text', 'confirm', 'deny', 'style'])
  checkText(confirm.title, `${path}/title`, report, { max: 100, kinds: ['plain_text'] })
  checkText(confirm.text, `${path}/text`, report, { max: 300 })
  checkText(confirm.confirm, `${path}/confirm`, report, { max: 30, kinds: ['plain_text'] })
  checkText(confirm.deny, `${path}/deny`, report, { max: 30, kinds: ['plain_text'] })
  if ('style' in confirm) checkOneOf(confirm.style, `${path}/style`, report, ['primary', 'danger'])
}

/** Checks one option of a menu, a checkbox group or radio buttons. */
export function checkOption(
  value: unknown,
  path: string,
  report: Report,
  rule: { readonly mrkdwn: boolean; readonly url: boolean },
): void {
  const option = asObject(value, path, report)
  if (option === null) return
  checkKeys(option, path, report, ['text', 'value', 'description', 'url'])
  const kinds: readonly TextKind[] = rule.mrkdwn ? ['plain_text', 'mrkdwn'] : ['plain_text']
  checkText(option.text, `${path}/text`, report, { max: 75, kinds })
  checkString(option.value, `${path}/value`, report, { min: 1, max: 75 })
  if ('description' in option) checkText(option.description, `${path}/description`, report, { max: 75, kinds })
  if ('url' in option && !rule.url) report(`${path}/url`, 'is for overflow menus only')
}

/** Checks a message's metadata: `event_type` and a shallow `event_payload`. */
export function checkMetadata(value: unknown, path: string, report: Report): void {
  const metadata = asObject(value, path, report)
  if (metadata === null) return
  checkKeys(metadata, path, report, ['event_type', 'event_payload', 'entities'])
  checkString(metadata.event_type, `${path}/event_type`, report, { min: 1, max: 255 })
  if (typeof metadata.event_type === 'string' && !/^[A-Za-z0-9_]+$/.test(metadata.event_type)) {
    report(`${path}/event_type`, 'must be letters, digits and underscores')
  }
  const payload = asObject(metadata.event_payload, `${path}/event_payload`, report)
  if (payload === null) return
  if (JSON.stringify(payload).length > 8000) report(`${path}/event_payload`, 'must be at most 8000 characters as JSON')
  for (const [key, entry] of Object.entries(payload)) {
    for (const item of Array.isArray(entry) ? entry : [entry]) {
      const values = isObject(item) ? Object.values(item) : [item]
      if (!values.every((one) => ['string', 'number', 'boolean'].includes(typeof one))) {
        report(`${path}/event_payload/${key}`, 'must be a string, a number, true, false, or a flat object of these')
      }
    }
  }
}
