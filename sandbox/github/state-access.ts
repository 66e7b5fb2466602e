/** Making the state, adding to it, and finding things in it. */
import type { GithubState, RepositoryState, UserState } from './state.ts'

export function createState(webUrl: string): GithubState {
  return {
    webUrl,
    apiUrl: '',
    users: new Map(),
    repositories: new Map(),
    teams: new Map(),
    runListLagMs: 0,
    nextId: 1000,
  }
}

/** A number that no other object of this GitHub has. */
export function newId(state: GithubState): number {
  state.nextId += 1
  return state.nextId
}

/** The user with that login; made on first mention, as nobody commits without an account here. */
export function userOf(state: GithubState, login: string): UserState {
  const known = state.users.get(login.toLowerCase())
  if (known !== undefined) return known
  const user: UserState = {
    id: newId(state),
    login,
    name: null,
    email: null,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
  }
  state.users.set(login.toLowerCase(), user)
  return user
}

export function addRepository(
  state: GithubState,
  fullName: string,
  options: { readonly at: number; readonly isPrivate?: boolean; readonly defaultBranch?: string },
): RepositoryState {
  const [owner, name] = fullName.split('/')
  if (!owner || !name) throw new Error(`A repository is named owner/name, not "${fullName}".`)
  if (!state.users.has(owner.toLowerCase())) {
    const organization: UserState = { id: newId(state), login: owner, name: owner, email: null, type: 'Organization' }
    state.users.set(owner.toLowerCase(), organization)
  }
  const repository: RepositoryState = {
    id: newId(state),
    owner,
    name,
    isPrivate: options.isPrivate ?? false,
    defaultBranch: options.defaultBranch ?? 'main',
    createdAt: options.at,
    pushedAt: options.at,
    branches: new Map(),
    tags: new Map(),
    commits: new Map(),
    protection: new Map(),
    rulesets: [],
    artifacts: [],
    workflows: new Map(),
    runs: new Map(),
    jobs: new Map(),
    jobsOfRun: new Map(),
    checkSuites: new Map(),
    checkRuns: new Map(),
    statuses: [],
    deployments: [],
    pulls: new Map(),
    hooks: [],
  }
  state.repositories.set(fullName.toLowerCase(), repository)
  return repository
}

export function repositoryOf(state: GithubState, fullName: string): RepositoryState {
  const repository = state.repositories.get(fullName.toLowerCase())
  if (repository === undefined) throw new Error(`The simulated GitHub has no repository "${fullName}".`)
  return repository
}

export function fullNameOf(repository: RepositoryState): string {
  return `${repository.owner}/${repository.name}`
}
