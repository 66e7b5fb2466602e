/** Which of two commits of a branch is the newer is told by facts, not by which was heard of first. */
export const branchPlace = `
ALTER TABLE pipelines ADD COLUMN branch_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pipelines ADD COLUMN committed_at INTEGER NOT NULL DEFAULT 0;
UPDATE pipelines SET branch_at = created_at, committed_at = created_at;
CREATE INDEX alerts_fixed ON alerts (repository, branch) WHERE fixed IS NOT NULL;
`
