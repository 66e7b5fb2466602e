import { demand } from './access.ts'
import { answer, notFound, pageOf } from './rest-answer.ts'
import { iso, nodeId, simpleUser } from './rest-objects.ts'
import type { RestTeam, RestTeamMember } from './rest-types.ts'
import type { Route, RouteRequest } from './router.ts'
import type { GithubState, TeamState } from './state.ts'

/** `/orgs/{org}/teams/…`: teams and who is in them, those of child teams included. */
export function teamRoutes(state: GithubState): readonly Route[] {
  const teamFor = ({ params, caller }: RouteRequest): TeamState => {
    const org = params.org ?? ''
    const isOfOther = caller.type === 'installation' && caller.account.toLowerCase() !== org.toLowerCase()
    const team = state.teams.get(`${org}/${params.team_slug}`.toLowerCase())
    if (team === undefined || isOfOther || caller.type === 'app') throw notFound()
    demand(caller, 'members')
    return team
  }
  return [
    { path: 'GET /orgs/{org}/teams/{team_slug}', handle: (request) => answer(teamObject(state, teamFor(request))) },
    {
      path: 'GET /orgs/{org}/teams/{team_slug}/members',
      handle: (request) => {
        const members = [...membersOf(state, teamFor(request))].sort()
        return pageOf(request.url, members, (login): RestTeamMember => simpleUser(state, login))
      },
    },
  ]
}

function membersOf(state: GithubState, team: TeamState): ReadonlySet<string> {
  const children = [...state.teams.values()].filter(({ org, parent }) => org === team.org && parent === team.slug)
  return new Set([...team.members, ...children.flatMap((child) => [...membersOf(state, child)])])
}

function teamObject(state: GithubState, team: TeamState): RestTeam {
  const url = `${state.apiUrl}/orgs/${team.org}/teams/${team.slug}`
  const organization = simpleUser(state, team.org)
  return {
    id: team.id,
    node_id: nodeId('Team', team.id),
    url,
    html_url: `${state.webUrl}/orgs/${team.org}/teams/${team.slug}`,
    name: team.slug,
    slug: team.slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: 'organization',
    parent: null,
    members_count: membersOf(state, team).size,
    repos_count: 1,
    created_at: iso(0),
    updated_at: iso(0),
    organization: {
      login: organization.login,
      id: organization.id,
      node_id: organization.node_id,
      url: `${state.apiUrl}/orgs/${team.org}`,
      repos_url: organization.repos_url,
      events_url: organization.events_url,
      hooks_url: `${state.apiUrl}/orgs/${team.org}/hooks`,
      issues_url: `${state.apiUrl}/orgs/${team.org}/issues`,
      members_url: `${state.apiUrl}/orgs/${team.org}/members{/member}`,
      public_members_url: `${state.apiUrl}/orgs/${team.org}/public_members{/member}`,
      avatar_url: organization.avatar_url,
      description: null,
      is_verified: false,
      has_organization_projects: true,
      has_repository_projects: true,
      public_repos: 1,
      public_gists: 0,
      followers: 0,
      following: 0,
      html_url: organization.html_url,
      created_at: iso(0),
      updated_at: iso(0),
      archived_at: null,
      type: 'Organization',
    },
  }
}
