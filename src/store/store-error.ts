/** The store cannot be used; the message says why and what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** Whether it was the store, or SQLite under it, that failed. */
export function isStoreError(error: unknown): error is Error {
  if (error instanceof StoreError) return true
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')
}
