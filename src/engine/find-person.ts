import { outcomeOfChatFailure } from './chat-outcome.ts'
import { outcomeOfCodeHostFailure } from './code-host-outcome.ts'
import type { EffectOutcome } from './perform.ts'
import type { PerformContext } from './perform-context.ts'

export type PersonFound =
  /** Null: nobody in the workspace has one of the addresses. */
  | { readonly ok: true; readonly slackUser: string | null }
  | { readonly ok: false; readonly outcome: EffectOutcome; readonly detail: string }

/**
 * Who a GitHub login is in Slack: by the address of a commit and the one that its profile shows.
 *
 * @param email - the commit's; null when it is not known
 */
export async function findPerson(
  { login, email }: { readonly login: string; readonly email: string | null },
  { chat, codeHost }: Pick<PerformContext, 'chat' | 'codeHost'>,
): Promise<PersonFound> {
  const published = await codeHost.emailOf(login)
  const addresses = [email, published.ok ? published.value : null].filter(
    (address): address is string => address !== null && !address.endsWith('@users.noreply.github.com'),
  )
  for (const address of new Set(addresses)) {
    const found = await chat.userByEmail(address)
    if (!found.ok) {
      const detail = `Slack could not say who @${login} is.`
      return { ok: false, outcome: outcomeOfChatFailure(found.failure), detail }
    }
    if (found.value !== null && !found.value.isDeactivated) return { ok: true, slackUser: found.value.id }
  }
  // Nobody was found, but not everybody was asked: GitHub is down or wants a pause.
  if (!published.ok) {
    const outcome = outcomeOfCodeHostFailure(published.failure)
    if (outcome.type === 'retry') return { ok: false, outcome, detail: `GitHub could not say who @${login} is.` }
  }
  return { ok: true, slackUser: null }
}
