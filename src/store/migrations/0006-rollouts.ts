/** Where rollouts stand, what was measured of them, and how it was judged. */
export const rollouts = `
-- body is the rollout as JSON, with what the judge remembers.
CREATE TABLE rollouts (
  release_id  TEXT PRIMARY KEY REFERENCES releases (id) ON DELETE CASCADE,
  repository  TEXT NOT NULL,
  environment TEXT NOT NULL,
  is_over     INTEGER NOT NULL CHECK (is_over IN (0, 1)),
  updated_at  INTEGER NOT NULL,
  revision    INTEGER NOT NULL,
  body        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rollouts_open ON rollouts (repository, environment, release_id) WHERE is_over = 0;

-- One check of a rollout: what was counted, and the verdict on it. Enough to judge it again under another policy.
CREATE TABLE checks (
  release_id  TEXT NOT NULL REFERENCES rollouts (release_id) ON DELETE CASCADE,
  at          INTEGER NOT NULL,
  step        TEXT NOT NULL,
  observation TEXT NOT NULL,
  verdict     TEXT NOT NULL,
  decision    TEXT NOT NULL,
  PRIMARY KEY (release_id, at)
) STRICT, WITHOUT ROWID;

-- What the baseline was like before a rollout began: minutes as JSON, zstd.
CREATE TABLE baselines (
  release_id TEXT PRIMARY KEY REFERENCES rollouts (release_id) ON DELETE CASCADE,
  body       BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`
