/** Releases, and what stands beside them at a gate; a card may now be a release's as well as a pipeline's. */
export const releases = `
-- body is the release as JSON without its evidence, which is large and read for its card only.
CREATE TABLE releases (
  id           TEXT PRIMARY KEY,
  repository   TEXT NOT NULL,
  environment  TEXT NOT NULL,
  sha          TEXT NOT NULL,
  state        TEXT NOT NULL,
  is_open      INTEGER NOT NULL CHECK (is_open IN (0, 1)),
  run_id       INTEGER,
  requested_at INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  revision     INTEGER NOT NULL,
  body         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Of all repositories, of one, and of one environment: newest first without a sort.
CREATE INDEX releases_repository ON releases (repository, id);
CREATE INDEX releases_environment_name ON releases (environment, id);
CREATE INDEX releases_environment ON releases (repository, environment, id);
CREATE INDEX releases_commit ON releases (repository, sha);
CREATE INDEX releases_open ON releases (repository, environment, id) WHERE is_open = 1;
CREATE INDEX releases_run ON releases (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX releases_ended ON releases (repository, environment, state, updated_at) WHERE is_open = 0;

-- zstd of the evidence's JSON.
CREATE TABLE release_evidence (
  release_id TEXT PRIMARY KEY REFERENCES releases (id) ON DELETE CASCADE,
  body       BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Held by a person; at most one an environment.
CREATE TABLE locks (
  repository  TEXT NOT NULL,
  environment TEXT NOT NULL,
  holder      TEXT NOT NULL,
  why         TEXT NOT NULL,
  channel_id  TEXT,
  since       INTEGER NOT NULL,
  expires_at  INTEGER,
  PRIMARY KEY (repository, environment)
) STRICT, WITHOUT ROWID;

-- Freezes that people declared, besides those of the configuration.
CREATE TABLE freezes (
  repository  TEXT NOT NULL,
  environment TEXT NOT NULL,
  declared_by TEXT NOT NULL,
  why         TEXT NOT NULL,
  from_at     INTEGER NOT NULL,
  to_at       INTEGER NOT NULL,
  PRIMARY KEY (repository, environment)
) STRICT, WITHOUT ROWID;

-- A release broke the glass: somebody else has to look at it before the next ordinary one.
CREATE TABLE owed_reviews (
  release_id  TEXT PRIMARY KEY REFERENCES releases (id),
  repository  TEXT NOT NULL,
  environment TEXT NOT NULL,
  broken_by   TEXT NOT NULL,
  since       INTEGER NOT NULL,
  signed_by   TEXT,
  signed_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX owed_reviews_open ON owed_reviews (repository, environment, since) WHERE signed_at IS NULL;

CREATE INDEX people_slack ON people (slack_user) WHERE slack_user IS NOT NULL;

CREATE TABLE cards_new (
  id              TEXT PRIMARY KEY,
  pipeline_id     TEXT REFERENCES pipelines (id) ON DELETE CASCADE,
  release_id      TEXT REFERENCES releases (id) ON DELETE CASCADE,
  channel         TEXT NOT NULL,
  channel_id      TEXT,
  thread_ts       TEXT,
  ts              TEXT,
  state           TEXT NOT NULL CHECK (state IN ('wanted', 'posting', 'shown', 'gone')),
  posts           INTEGER NOT NULL DEFAULT 0,
  posting_since   INTEGER,
  wanted_revision INTEGER NOT NULL,
  shown_revision  INTEGER NOT NULL DEFAULT 0,
  digest          TEXT,
  dirty_since     INTEGER,
  shown_at        INTEGER,
  CHECK ((pipeline_id IS NULL) <> (release_id IS NULL)),
  UNIQUE (pipeline_id, channel),
  UNIQUE (release_id, channel)
) STRICT, WITHOUT ROWID;
INSERT INTO cards_new (id, pipeline_id, channel, channel_id, ts, state, posts, posting_since, wanted_revision,
    shown_revision, digest, dirty_since, shown_at)
  SELECT id, pipeline_id, channel, channel_id, ts, state, posts, posting_since, wanted_revision,
    shown_revision, digest, dirty_since, shown_at FROM cards;
CREATE TABLE alert_messages_new (
  alert_id   TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  card_id    TEXT NOT NULL REFERENCES cards_new (id) ON DELETE CASCADE,
  channel_id TEXT NOT NULL,
  ts         TEXT NOT NULL,
  PRIMARY KEY (alert_id, card_id)
) STRICT, WITHOUT ROWID;
INSERT INTO alert_messages_new SELECT alert_id, card_id, channel_id, ts FROM alert_messages;
-- The messages first: dropping a table deletes its rows, and with them the rows that refer to it.
DROP TABLE alert_messages;
DROP TABLE cards;
ALTER TABLE cards_new RENAME TO cards;
ALTER TABLE alert_messages_new RENAME TO alert_messages;
CREATE INDEX cards_dirty ON cards (dirty_since) WHERE dirty_since IS NOT NULL;
CREATE INDEX cards_place ON cards (channel_id, ts) WHERE ts IS NOT NULL;
CREATE INDEX cards_channel ON cards (channel_id, channel) WHERE channel_id IS NOT NULL;
CREATE INDEX alert_messages_place ON alert_messages (channel_id, ts);
CREATE INDEX alert_messages_card ON alert_messages (card_id);
`
