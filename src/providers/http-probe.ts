import type { HealthProbe, ProbeResult, ProbeTarget } from '../engine/health-probe.ts'

/** Read of a body at most, bytes: a health page is short, and a text further down is not what is asked for. */
const maxBytes = 262_144

/** Asks over plain HTTP, without following redirects: a page that sends to a login is not healthy for being there. */
export function httpProbe(options: { readonly now?: () => number } = {}): HealthProbe {
  const { now = () => performance.now() } = options
  return {
    async probe(target) {
      const startedAt = now()
      const verdict = await ask(target)
      return { ...verdict, latencyMs: Math.round(now() - startedAt) }
    },
  }
}

type Verdict = ProbeResult extends infer One ? (One extends ProbeResult ? Omit<One, 'latencyMs'> : never) : never

async function ask({ url, statuses, body, timeoutMs }: ProbeTarget): Promise<Verdict> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      // A connection of its own: one that was kept says nothing about whether new ones are taken, or by whom.
      headers: { 'user-agent': 'sluice-health-probe', 'cache-control': 'no-cache', connection: 'close' },
      signal: AbortSignal.timeout(timeoutMs),
    })
    const { status } = response
    const isGood = statuses === null ? status >= 200 && status <= 299 : statuses.includes(status)
    if (!isGood) {
      await response.body?.cancel()
      return { ok: false, reason: 'answer', detail: `HTTP ${status}, and ${expected(statuses)} is expected` }
    }
    const text = await beginningOf(response)
    if (body !== null && !text.includes(body)) {
      return { ok: false, reason: 'answer', detail: `HTTP ${status}, and the body does not hold "${body}"` }
    }
    return { ok: true, status }
  } catch (error) {
    return { ok: false, reason: 'no_answer', detail: reasonOf(error, timeoutMs) }
  }
}

/** All of it, or what fits: also where no text is looked for, since an answer that never ends is none. */
async function beginningOf(response: Response): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size >= maxBytes) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function expected(statuses: readonly number[] | null): string {
  return statuses === null ? '200 to 299' : statuses.join(' or ')
}

function reasonOf(error: unknown, timeoutMs: number): string {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return `no whole answer within ${timeoutMs} ms`
    if ('code' in cause && typeof cause.code === 'string') return `no answer (${cause.code})`
  }
  return 'no answer (connection failed)'
}
