import { digestOf } from '../../policy/canonical-json.ts'
import type { Identity } from '../../policy/identity.ts'
import type { ReasonCode } from '../../policy/reason-codes.ts'
import type { Client, Release } from '../../release/release.ts'
import { plainWords } from '../../release/text-with-people.ts'
import { type AuditEntry, releaseObject } from '../../store/audit.ts'

/** What an audit row says; acts on an environment have names besides those of a release's. */
export interface LogLine {
  readonly actor: Identity | 'sluice'
  readonly client: Client
  readonly action: string
  readonly reason: ReasonCode | null
  /** Plain words, tags of text-with-people.ts allowed. */
  readonly text: string | null
}

export function auditEntry(
  line: LogLine,
  of: Pick<Release, 'id' | 'sha' | 'evidence'> | { readonly object: string; readonly sha: string | null },
  at: number,
): AuditEntry {
  const { actor } = line
  return {
    at,
    actor: actor === 'sluice' ? { type: 'sluice' } : auditActor(actor),
    action: line.action,
    object: 'object' in of ? of.object : releaseObject(of.id),
    sha: of.sha,
    evidenceDigest: 'evidence' in of ? digestOf(of.evidence) : null,
    reasonCode: line.reason,
    reasonText: line.text === null ? null : plainWords(line.text),
    client: line.client,
  }
}

function auditActor(identity: Identity): AuditEntry['actor'] {
  const [login = null] = identity.logins
  return {
    type: 'operator',
    id: identity.slackId ?? login ?? identity.name ?? 'unknown',
    name: identity.name,
    team: identity.teamId,
    githubLogin: login,
  }
}
