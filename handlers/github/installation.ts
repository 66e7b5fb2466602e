import { z } from 'zod'
import { defineEvent } from './event-handler.ts'

const schema = z.object({ action: z.string(), installation: z.object({ id: z.number() }) })

/** What happens to the App's installations. The configuration says which repositories count, so no facts follow. */
export const installationEvents = [
  'installation',
  'installation_repositories',
  'installation_target',
  'new_permissions_accepted',
].map((event) => defineEvent(event, schema, () => []))
