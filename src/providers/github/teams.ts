import { z } from 'zod'
import type { CodeHost } from '../../engine/code-host.ts'
import { allPages } from './all-pages.ts'
import type { GithubCalls } from './github-calls.ts'

const Member = z.object({ login: z.string() })

export function teamCalls({ on }: GithubCalls): Pick<CodeHost, 'teamMembers'> {
  return {
    teamMembers(team) {
      // GitHub counts the members of a team's child teams as its own.
      return on(team, 'teams.listMembersInOrg', 'members', async ({ octokit, of }) => {
        const members = await allPages(Member, null, (page) =>
          octokit.rest.teams.listMembersInOrg({ org: of.owner, team_slug: of.repo, ...page }),
        )
        return [...new Set(members.map(({ login }) => login.toLowerCase()))].sort()
      })
    },
  }
}
