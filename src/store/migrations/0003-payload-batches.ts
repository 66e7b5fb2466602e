/** Payloads of deliveries that came in together are compressed together and kept in one row. */
export const payloadBatches = `
-- JSON: the lengths in bytes of the payloads in body, which are those of the events inbox_seq, inbox_seq + 1, and so on.
-- Null: body is the payload of inbox_seq alone.
ALTER TABLE payloads ADD COLUMN lengths TEXT;
`
