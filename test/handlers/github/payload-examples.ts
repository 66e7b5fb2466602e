/** Every payload of `@octokit/webhooks-examples`, of github.com and of each GitHub Enterprise Server in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface PayloadExample {
  readonly host: string
  readonly event: string
  readonly index: number
  readonly payload: Readonly<Record<string, unknown>>
}

const folder = dirname(createRequire(import.meta.url).resolve('@octokit/webhooks-examples/package.json'))

export const payloadExamples: readonly PayloadExample[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: host }) => {
    const events = JSON.parse(readFileSync(join(folder, host, 'index.json'), 'utf8')) as readonly {
      readonly name: string
      readonly examples: readonly Readonly<Record<string, unknown>>[]
    }[]
    return events.flatMap(({ name: event, examples }) =>
      examples.map((payload, index) => ({ host, event, index, payload })),
    )
  })
