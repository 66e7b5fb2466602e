/** What Sluice says about its audit log: where it ends, and when it does not hold. */
import { formatUtc } from './durations.ts'
import type { Rendered } from './rendered.ts'
import { type Line, notification, outside, sections, words } from './spans.ts'

/**
 * One line to keep outside of the machine that the log is on. Whoever has it can tell later, with
 * `sluice audit verify --head HASH --rows N`, whether the log still leads up to it.
 *
 * @param head.verifiedAt - UTC milliseconds
 */
export function auditHeadLine(head: {
  readonly rows: number
  readonly hash: string
  readonly verifiedAt: number
}): Rendered {
  const { rows, hash, verifiedAt } = head
  return rendered([
    [words(`Audit head: row ${rows}, hash `), words(hash, 'code'), words(`, verified at ${formatUtc(verifiedAt)}`)],
  ])
}

/**
 * The log was changed behind Sluice's back.
 *
 * @param finding.seq - the first row that does not fit; null when that cannot be told
 */
export function auditBrokenNotice(finding: { readonly seq: number | null; readonly problem: string }): Rendered {
  const where = finding.seq === null ? 'The audit log' : `Row ${finding.seq} of the audit log`
  return rendered([
    [words(`❗ ${where} does not fit: `), outside(finding.problem, undefined, 300), words('.')],
    [
      words('Somebody wrote to Sluice’s data file. Keep a copy of it, compare it with the last backup, and see '),
      words('sluice audit verify', 'code'),
      words('.'),
    ],
  ])
}

/**
 * The mirror of the log does not take its rows.
 *
 * @param trouble.differs - the mirror holds something else than the log, rather than being out of reach
 */
export function auditMirrorNotice(trouble: {
  readonly place: string
  readonly differs: boolean
  readonly detail: string
}): Rendered {
  const what = trouble.differs ? 'does not fit the log' : 'does not take rows'
  const remedy = trouble.differs
    ? 'One of the two was changed, or the log is an older one from a backup: docs/operate.md says how to tell, and what to do.'
    : 'Check SUPABASE_AUDIT_KEY, SUPABASE_PUBLISHABLE_KEY and the table; docs/configure.md says how they are made.'
  return rendered([
    [
      words('❗ The copy of the audit log at '),
      outside(trouble.place, 'code', 120),
      words(` ${what}: `),
      outside(trouble.detail, undefined, 300),
      words('.'),
    ],
    [words(`${remedy} The rows wait, and nothing else does.`)],
  ])
}

function rendered(lines: readonly Line[]): Rendered {
  return { text: lines.map(notification).join(' '), blocks: sections(lines) }
}
