/**
 * The end of a job's log. GitHub sends us to another host for it; we go there ourselves, without our token, and
 * read no more than the last two megabytes, however long the log is.
 */
import type { Octokit } from '@octokit/rest'

const MAX_LOG_BYTES = 2 * 1024 * 1024

/** @returns null when there is no log (not yet, or no longer) */
export async function jobLogTail(
  octokit: Octokit,
  job: { readonly owner: string; readonly repo: string; readonly job_id: number },
  timeoutMs: number,
): Promise<string | null> {
  const answer = await octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...job, request: { redirect: 'manual' } })
  const { location } = answer.headers
  // Some Enterprise Servers send the log itself.
  if (location === undefined) return typeof answer.data === 'string' ? answer.data.slice(-MAX_LOG_BYTES) : null
  const signal = AbortSignal.timeout(timeoutMs)
  const ranged = await fetch(location, { headers: { range: `bytes=-${MAX_LOG_BYTES}` }, signal })
  // Storage that does not know such ranges answers with everything, or refuses: then we ask for everything.
  const isRefused = ranged.status === 416 || ranged.status === 400
  if (isRefused) await ranged.body?.cancel()
  const response = isRefused ? await fetch(location, { signal }) : ranged
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    return null
  }
  return tailOf(response.body)
}

async function tailOf(body: ReadableStream<Uint8Array>): Promise<string> {
  let chunks: Uint8Array[] = []
  let size = 0
  let isCut = false
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    // Thrown away now and then rather than at each chunk: at most twice the tail is ever held.
    if (size > 2 * MAX_LOG_BYTES) {
      const tail = Buffer.concat(chunks).subarray(-MAX_LOG_BYTES)
      chunks = [Buffer.from(tail)]
      size = tail.length
      isCut = true
    }
  }
  const whole = Buffer.concat(chunks)
  const text = whole.subarray(-MAX_LOG_BYTES).toString('utf8')
  // The first line of a tail is likely to be a half one.
  return isCut || whole.length >= MAX_LOG_BYTES ? text.slice(text.indexOf('\n') + 1) : text
}
