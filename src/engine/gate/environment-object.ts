/** What the audit log calls an environment. */
export function environmentObject(place: { readonly repository: string; readonly environment: string }): string {
  return `environment:${place.repository}:${place.environment}`
}
