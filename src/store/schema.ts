import type { Generated } from 'kysely'

/** The tables as Kysely sees them; the truth is in migrations/. Times are UTC milliseconds, bodies are JSON. */
export interface Tables {
  settings: { key: string; value: string }
  inbox: {
    seq: Generated<number>
    id: string
    type: string
    body: string
    received_at: number
    processed_at: number | null
    outcome: string | null
  }
  payloads: {
    inbox_seq: number
    encoding: 'utf8' | 'zstd'
    body: Uint8Array
    received_at: number
    lengths: string | null
  }
  outbox: {
    seq: Generated<number>
    id: string
    lane: string
    type: string
    body: string
    state: 'queued' | 'done' | 'dead'
    attempts: Generated<number>
    not_before: number
    started_at: number | null
    created_at: number
    finished_at: number | null
    error: string | null
  }
  timers: { id: string; type: string; body: string; due_at: number }
  pipelines: {
    id: string
    repository: string
    sha: string
    branch: string | null
    verdict: string
    revision: number
    is_open: number
    created_at: number
    updated_at: number
    branch_at: Generated<number>
    committed_at: Generated<number>
  }
  pipeline_facts: { pipeline_id: string; key: string; body: string }
  history: {
    pipeline_id: string
    kind: 'stage' | 'job'
    key: string
    repository: string
    branch: string
    name: string
    state: string
    duration_ms: number | null
    completed_at: number
  }
  /** Of a pipeline or of a release: exactly one of the two ids is set. */
  cards: {
    id: string
    pipeline_id: string | null
    release_id: string | null
    channel: string
    channel_id: string | null
    /** The message under which it is a reply; null for one of its own. */
    thread_ts: string | null
    ts: string | null
    state: 'wanted' | 'posting' | 'shown' | 'gone'
    posts: Generated<number>
    posting_since: number | null
    wanted_revision: number
    shown_revision: Generated<number>
    digest: string | null
    dirty_since: number | null
    shown_at: number | null
  }
  unavailable_channels: { channel: string; code: string; since: number }
  notices: { pipeline_id: string; key: string }
  alerts: {
    id: string
    pipeline_id: string
    repository: string
    branch: string
    name: string
    job: string
    stage_name: string
    failed_at: number
    is_broadcast: number
    details: string | null
    fixed: string | null
  }
  alert_messages: { alert_id: string; card_id: string; channel_id: string; ts: string }
  people: { login: string; slack_user: string | null; looked_up_at: number }
  releases: {
    id: string
    repository: string
    environment: string
    sha: string
    state: string
    is_open: number
    run_id: number | null
    requested_at: number
    updated_at: number
    revision: number
    body: string
  }
  release_evidence: { release_id: string; body: Uint8Array }
  release_snapshots: { release_id: string; repository: string; environment: string; taken_at: number; body: string }
  bundles: {
    key: string
    sha256: string
    bytes: number
    encoding: 'utf8' | 'zstd'
    body: Uint8Array
    kept_at: number
  }
  snapshot_bundles: { release_id: string; slug: string; key: string }
  locks: {
    repository: string
    environment: string
    holder: string
    why: string
    channel_id: string | null
    since: number
    expires_at: number | null
  }
  freezes: {
    repository: string
    environment: string
    declared_by: string
    why: string
    from_at: number
    to_at: number
  }
  owed_reviews: {
    release_id: string
    repository: string
    environment: string
    broken_by: string
    since: number
    signed_by: string | null
    signed_at: number | null
  }
  rollouts: {
    release_id: string
    repository: string
    environment: string
    is_over: number
    updated_at: number
    revision: number
    body: string
  }
  checks: {
    release_id: string
    at: number
    step: string
    observation: string
    verdict: string
    decision: string
  }
  baselines: { release_id: string; body: Uint8Array }
  audit: {
    seq: number
    at: number
    actor_type: 'operator' | 'sluice'
    actor_id: string | null
    actor_name: string | null
    actor_team: string | null
    github_login: string | null
    action: string
    object: string
    sha: string | null
    evidence_digest: string | null
    reason_code: string | null
    reason_text: string | null
    client: 'slack' | 'cli' | 'github' | 'sluice'
    previous_hash: string
    hash: string
  }
}
