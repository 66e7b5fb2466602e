/**
 * What was live before each release, and the bundles to put it back with. Stands for itself: it refers to no other table,
 * so that whatever else is changed in the store, before or after, leaves it alone.
 */
export const snapshots = `
CREATE TABLE release_snapshots (
  release_id  TEXT PRIMARY KEY,
  repository  TEXT NOT NULL,
  environment TEXT NOT NULL,
  taken_at    INTEGER NOT NULL,
  body        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX release_snapshots_place ON release_snapshots (repository, environment, taken_at);

-- The same code is live before many releases and is kept once. The key is what its host calls it by, sha256 is that of the
-- bytes as they are kept: what was damaged must not be deployed.
CREATE TABLE bundles (
  key      TEXT PRIMARY KEY,
  sha256   TEXT NOT NULL,
  bytes    INTEGER NOT NULL,
  encoding TEXT NOT NULL CHECK (encoding IN ('utf8', 'zstd')),
  body     BLOB NOT NULL,
  kept_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE snapshot_bundles (
  release_id TEXT NOT NULL REFERENCES release_snapshots (release_id) ON DELETE CASCADE,
  slug       TEXT NOT NULL,
  key        TEXT NOT NULL REFERENCES bundles (key),
  PRIMARY KEY (release_id, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_bundles_key ON snapshot_bundles (key);
`
