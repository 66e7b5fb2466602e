import { type StoreOptions, withStore } from './with-store.ts'

/**
 * Copies the store to a new file.
 *
 * @returns what to tell the person
 * @throws StoreError when the target exists
 */
export async function backup(options: StoreOptions & { readonly file: string }): Promise<string> {
  const startedAt = performance.now()
  const bytes = await withStore(options, 'read', (store) => store.backup(options.file))
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  return `${options.file}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds} s. To restore, stop Sluice and put it in place of sluice.db.`
}
