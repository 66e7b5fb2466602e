/** The command was given something that it cannot work with; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
