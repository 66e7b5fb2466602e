import { describe, expect, it } from 'vitest'
import { validateMessage } from '../../sandbox/slack/validate-message.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })
const divider = { type: 'divider' }
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) })
const button = (more: object = {}) => ({ type: 'button', action_id: 'go', text: plain('Go'), ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const task = (more: object = {}) => ({ type: 'task_card', task_id: 't', title: 'A task', status: 'pending', ...more })
const rich = (...elements: object[]) => ({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] })
const confirm = { title: plain('Sure?'), text: plain('Really?'), confirm: plain('Yes'), deny: plain('No') }

/** Paths of what Slack would refuse. */
const paths = (blocks: unknown, surface?: 'message' | 'modal' | 'home') =>
  validateMessage({ text: 'x', blocks }, surface).map((problem) => problem.path)

describe('a message that Slack takes', () => {
  it.each([
    ['50 blocks', Array.from({ length: 50 }, () => divider)],
    ['the longest section', [section('x'.repeat(3000))]],
    ['ten fields', [{ type: 'section', fields: Array.from({ length: 10 }, () => mrkdwn('x'.repeat(2000))) }]],
    ['a button with a question', [actions(button({ value: 'v'.repeat(2000), confirm, style: 'danger' }))]],
    ['a plan', [{ type: 'plan', title: 'Stages', tasks: [task({ details: rich({ type: 'text', text: 'x' }) })] }]],
    ['mentions and dates', [section('<@U1> <!subteam^S1> <!date^1^{time}|x> <https://a.example?b=1&amp;c=2|d>')]],
    ['rich text', [rich({ type: 'user', user_id: 'U1' }, { type: 'date', timestamp: 1, format: '{time}' })]],
  ])('%s', (_, blocks) => {
    expect(validateMessage({ text: 'x', blocks })).toEqual([])
  })

  it('may have 100 blocks in a Home tab', () => {
    expect(
      paths(
        Array.from({ length: 100 }, () => divider),
        'home',
      ),
    ).toEqual([])
  })
})

describe('a message that Slack refuses', () => {
  it.each<[string, unknown, string]>([
    ['51 blocks', Array.from({ length: 51 }, () => divider), '/blocks'],
    ['blocks that are no list', {}, '/blocks'],
    ['an unknown block', [{ type: 'plans' }], '/blocks/0/type'],
    ['an unknown field', [{ ...divider, colour: 'red' }], '/blocks/0'],
    ['a long section', [section('x'.repeat(3001))], '/blocks/0/text/text'],
    ['an empty section', [section('')], '/blocks/0/text/text'],
    ['a section without text', [{ type: 'section' }], '/blocks/0'],
    ['11 fields', [{ type: 'section', fields: Array.from({ length: 11 }, () => mrkdwn('x')) }], '/blocks/0/fields'],
    ['a long field', [{ type: 'section', fields: [mrkdwn('x'.repeat(2001))] }], '/blocks/0/fields/0/text'],
    ['a long header', [{ type: 'header', text: plain('x'.repeat(151)) }], '/blocks/0/text/text'],
    ['mrkdwn in a header', [{ type: 'header', text: mrkdwn('x') }], '/blocks/0/text/type'],
    [
      '11 elements in a context',
      [{ type: 'context', elements: Array.from({ length: 11 }, () => mrkdwn('x')) }],
      '/blocks/0/elements',
    ],
    [
      '26 buttons',
      [actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: `${index}` })))],
      '/blocks/0/elements',
    ],
    ['two buttons with one id', [actions(button(), button())], '/blocks/0/elements/1/action_id'],
    ['a long label', [actions(button({ text: plain('x'.repeat(76)) }))], '/blocks/0/elements/0/text/text'],
    ['a long value', [actions(button({ value: 'x'.repeat(2001) }))], '/blocks/0/elements/0/value'],
    ['a long address', [actions(button({ url: `https://a.example/${'x'.repeat(3000)}` }))], '/blocks/0/elements/0/url'],
    ['a script as an address', [actions(button({ url: 'javascript:x' }))], '/blocks/0/elements/0/url'],
    ['a long action id', [actions(button({ action_id: 'x'.repeat(256) }))], '/blocks/0/elements/0/action_id'],
    [
      'a long question',
      [actions(button({ confirm: { ...confirm, text: plain('x'.repeat(301)) } }))],
      '/blocks/0/elements/0/confirm/text/text',
    ],
    [
      'a long answer',
      [actions(button({ confirm: { ...confirm, deny: plain('x'.repeat(31)) } }))],
      '/blocks/0/elements/0/confirm/deny/text',
    ],
    [
      '101 options',
      [
        actions({
          type: 'static_select',
          options: Array.from({ length: 101 }, (_, index) => ({ text: plain('x'), value: `${index}` })),
        }),
      ],
      '/blocks/0/elements/0/options',
    ],
    [
      'a block id twice',
      [
        { ...divider, block_id: 'a' },
        { ...divider, block_id: 'a' },
      ],
      '/blocks/1/block_id',
    ],
    ['a plan and a lone task', [{ type: 'plan', title: 'x' }, task()], '/blocks'],
    ['an unknown status', [task({ status: 'completed' })], '/blocks/0/status'],
    ['a task titled by a text object', [task({ title: plain('x') })], '/blocks/0/title'],
    ['two tasks with one id', [{ type: 'plan', title: 'x', tasks: [task(), task()] }], '/blocks/0/tasks/1/task_id'],
    ['an unknown rich text element', [rich({ type: 'shout' })], '/blocks/0/elements/0/elements/0/type'],
    [
      'an unknown style',
      [rich({ type: 'text', text: 'x', style: { blink: true } })],
      '/blocks/0/elements/0/elements/0/style',
    ],
    ['a name for a user id', [rich({ type: 'user', user_id: 'mia' })], '/blocks/0/elements/0/elements/0/user_id'],
    ['an alert in a message', [{ type: 'alert', text: plain('x') }], '/blocks/0/type'],
    ['a bare angle bracket', [section('a < b')], '/blocks/0/text/text'],
    ['a bare ampersand', [section('a & b')], '/blocks/0/text/text'],
    ['half a surrogate pair', [section('\uD800')], '/blocks/0/text/text'],
  ])('%s', (_, blocks, path) => {
    expect(paths(blocks)).toContain(path)
  })

  it('has neither text nor blocks, or too much text', () => {
    expect(validateMessage({})).toMatchObject([{ path: '/text' }])
    expect(validateMessage({ text: 'x'.repeat(40_001) })).toMatchObject([{ path: '/text' }])
  })

  it('has a plan outside a message', () => {
    expect(paths([{ type: 'plan', title: 'x' }], 'home')).toEqual(['/blocks/0/type'])
  })

  it.each([
    [{ event_type: 'card', event_payload: { id: '1' } }, []],
    [{ event_type: 'a card', event_payload: {} }, ['/metadata/event_type']],
    [{ event_type: 'card' }, ['/metadata/event_payload']],
    [{ event_type: 'card', event_payload: { deep: { er: { still: 1 } } } }, ['/metadata/event_payload/deep']],
  ])('has metadata %j with problems %j', (metadata, expected) => {
    expect(validateMessage({ text: 'x', metadata }).map((problem) => problem.path)).toEqual(expected)
  })
})
