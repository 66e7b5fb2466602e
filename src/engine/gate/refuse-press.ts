import { type ReasonCode, reasons } from '../../policy/reason-codes.ts'
import { appendAudit, releaseObject } from '../../store/audit.ts'
import type { Db } from '../../store/open-store.ts'
import type { Handled } from '../handled.ts'
import type { GateAct, RawPress } from './acts.ts'
import { answerRefused } from './apply-decision.ts'
import { auditEntry } from './audit-entry.ts'
import { environmentObject } from './environment-object.ts'
import type { OperatorRead } from './reads.ts'
import type { Refused } from './refused.ts'

/** Refuses a press that does not even get as far as the rules of a release. */
export async function refusePress(
  tx: Db,
  refusal: {
    readonly press: RawPress
    readonly act: GateAct
    readonly operator: OperatorRead
    readonly reason: ReasonCode
    readonly detail?: string
    readonly at: number
  },
): Promise<Handled> {
  const { press, act, operator, reason, detail, at } = refusal
  const text = [reasons[reason], detail].filter((part) => part !== undefined).join(' ')
  const object = 'releaseId' in act ? releaseObject(act.releaseId) : environmentObject(act)
  const line = { actor: operator.identity, client: press.client, action: act.type, reason, text }
  await appendAudit(tx, auditEntry(line, { object, sha: null }, at))
  const about: Refused['about'] =
    'releaseId' in act
      ? { type: 'release', releaseId: act.releaseId }
      : { type: 'environment', repository: act.repository, environment: act.environment }
  await answerRefused(tx, press, { reason, detail: detail ?? null, about }, at)
  return { outcome: `refused_${reason}`, signs: [{ type: 'pressed', act: act.type, outcome: 'refused', reason }] }
}
