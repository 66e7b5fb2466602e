import {
  asList,
  asObject,
  checkBoolean,
  checkKeys,
  checkOneOf,
  checkString,
  checkUrl,
  type JsonObject,
  type Report,
} from './problems.ts'

const styles = ['bold', 'italic', 'strike', 'code', 'underline', 'highlight', 'client_highlight', 'unlink']
/** Characters of one piece of text; the whole block is held to the limit of a message besides. */
const maxText = 10_000

/** Checks a `rich_text` block, at the top level or inside another block. */
export function checkRichText(value: unknown, path: string, report: Report): void {
  const block = asObject(value, path, report)
  if (block === null) return
  checkOneOf(block.type, `${path}/type`, report, ['rich_text'])
  checkKeys(block, path, report, ['type', 'block_id', 'elements'])
  asList(block.elements, `${path}/elements`, report, { min: 1, max: 100 }).forEach((element, index) => {
    checkPart(element, `${path}/elements/${index}`, report)
  })
}

function checkPart(value: unknown, path: string, report: Report): void {
  const part = asObject(value, path, report)
  if (part === null) return
  switch (part.type) {
    case 'rich_text_section':
    case 'rich_text_quote':
      checkKeys(part, path, report, ['type', 'elements', 'border'])
      checkInline(part, path, report, null)
      return
    case 'rich_text_preformatted':
      checkKeys(part, path, report, ['type', 'elements', 'border', 'language'])
      checkInline(part, path, report, ['text', 'link'])
      return
    case 'rich_text_list':
      checkKeys(part, path, report, ['type', 'elements', 'style', 'indent', 'offset', 'border'])
      checkOneOf(part.style, `${path}/style`, report, ['bullet', 'ordered'])
      asList(part.elements, `${path}/elements`, report, { min: 1, max: 100 }).forEach((item, index) => {
        const section = asObject(item, `${path}/elements/${index}`, report)
        if (section === null) return
        checkOneOf(section.type, `${path}/elements/${index}/type`, report, ['rich_text_section'])
        checkInline(section, `${path}/elements/${index}`, report, null)
      })
      return
    default:
      report(`${path}/type`, `is not a rich text element: ${String(part.type)}`)
  }
}

function checkInline(part: JsonObject, path: string, report: Report, only: readonly string[] | null): void {
  asList(part.elements, `${path}/elements`, report, { min: 1, max: 500 }).forEach((value, index) => {
    const here = `${path}/elements/${index}`
    const element = asObject(value, here, report)
    if (element === null) return
    const type = String(element.type)
    if (only !== null && !only.includes(type)) report(`${here}/type`, `must be one of ${only.join(', ')}`)
    if ('style' in element) checkStyle(element.style, `${here}/style`, report)
    checkInlineElement(type, element, here, report)
  })
}

function checkInlineElement(type: string, element: JsonObject, path: string, report: Report): void {
  switch (type) {
    case 'text':
      checkKeys(element, path, report, ['type', 'text', 'style'])
      checkString(element.text, `${path}/text`, report, { min: 1, max: maxText })
      return
    case 'link':
      checkKeys(element, path, report, ['type', 'url', 'text', 'unsafe', 'style'])
      if ('text' in element) checkString(element.text, `${path}/text`, report, { min: 1, max: maxText })
      checkUrl(element.url, `${path}/url`, report)
      return
    case 'emoji':
      checkKeys(element, path, report, ['type', 'name', 'unicode', 'url', 'skin_tone', 'style'])
      checkId(element.name, `${path}/name`, report, /^[a-z0-9_+'-]+$/, 'an emoji name')
      return
    case 'user':
      checkKeys(element, path, report, ['type', 'user_id', 'style'])
      checkId(element.user_id, `${path}/user_id`, report, /^[UW][A-Z0-9]+$/, 'a user id')
      return
    case 'usergroup':
      checkKeys(element, path, report, ['type', 'usergroup_id', 'style'])
      checkId(element.usergroup_id, `${path}/usergroup_id`, report, /^S[A-Z0-9]+$/, 'a user group id')
      return
    case 'channel':
      checkKeys(element, path, report, ['type', 'channel_id', 'style'])
      checkId(element.channel_id, `${path}/channel_id`, report, /^[CGD][A-Z0-9]+$/, 'a channel id')
      return
    case 'team':
      checkKeys(element, path, report, ['type', 'team_id', 'style'])
      checkId(element.team_id, `${path}/team_id`, report, /^[TE][A-Z0-9]+$/, 'a workspace id')
      return
    case 'broadcast':
      checkKeys(element, path, report, ['type', 'range', 'style'])
      checkOneOf(element.range, `${path}/range`, report, ['here', 'channel', 'everyone'])
      return
    case 'color':
      checkKeys(element, path, report, ['type', 'value', 'style'])
      checkId(element.value, `${path}/value`, report, /^#[0-9a-f]{6}$/i, 'a colour such as #1d9bd1')
      return
    case 'date':
      checkKeys(element, path, report, ['type', 'timestamp', 'format', 'url', 'fallback', 'style'])
      if (!Number.isInteger(element.timestamp)) report(`${path}/timestamp`, 'must be whole seconds since 1970')
      checkDateFormat(element.format, `${path}/format`, report)
      if ('url' in element) checkUrl(element.url, `${path}/url`, report)
      if ('fallback' in element) checkString(element.fallback, `${path}/fallback`, report, { min: 1, max: 3000 })
      return
    default:
      report(`${path}/type`, `is not a rich text element: ${type}`)
  }
}

const dateTokens =
  /\{(?:date_num|date_slash|date_long|date_long_full|date_long_pretty|date|date_pretty|date_short|date_short_pretty|day_divider_pretty|time|time_secs|ago)\}/

function checkDateFormat(value: unknown, path: string, report: Report): void {
  checkString(value, path, report, { min: 1, max: 3000 })
  if (typeof value === 'string' && !dateTokens.test(value)) report(path, 'must have a token such as {date} or {time}')
}

function checkId(value: unknown, path: string, report: Report, pattern: RegExp, what: string): void {
  if (typeof value !== 'string' || !pattern.test(value)) report(path, `must be ${what}`)
}

function checkStyle(value: unknown, path: string, report: Report): void {
  const style = asObject(value, path, report)
  if (style === null) return
  checkKeys(style, path, report, styles)
  for (const [key, entry] of Object.entries(style)) checkBoolean(entry, `${path}/${key}`, report)
}
