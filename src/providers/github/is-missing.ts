import { z } from 'zod'

/** Octokit's error for an answer that is none of success. */
const Refused = z.object({ status: z.number(), message: z.string() })

/** Whether GitHub says that there is no such thing. It says so of what the credential may not see, too. */
function isMissing(error: unknown): boolean {
  const refused = Refused.safeParse(error)
  if (!refused.success) return false
  const { status, message } = refused.data
  // Of a ref that is none, the commits API says 422: "No commit found for SHA: …".
  return status === 404 || (status === 422 && /No commit found/i.test(message))
}

/** What `work` gives, or null when GitHub says that there is no such thing. */
export async function nullWhenMissing<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
