/** Which change a card speaks of: repository, branch, pull request, commit, author. */
import type { Job, Pipeline } from '../pipeline/pipeline.ts'
import type { CardContext } from './rendered.ts'
import { type Line, link, name, outside, type Span, user, words } from './spans.ts'

/** First characters of a commit's sha, as everybody writes it. */
export function shortSha(sha: string): string {
  return name(sha.slice(0, 7), 7)
}

/** `omnihub` of `acme/omnihub`. */
export function repositoryName(repository: string): string {
  return name(repository.slice(repository.lastIndexOf('/') + 1))
}

/** Address of something in a repository; null when the repository's name is not of the form `owner/name`. */
export function repositoryUrl(webUrl: string, repository: string, ...path: readonly string[]): string | null {
  const parts = repository.split('/')
  if (parts.length !== 2 || parts.some((part) => part === '' || part === '.' || part === '..')) return null
  const segments = [...parts, ...path.flatMap((part) => part.split('/'))]
  return `${webUrl.replace(/\/+$/, '')}/${segments.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`
}

/** Repository, branch, pull request and short sha, each linked: the parts of one line. */
export function subjectParts(pipeline: Pipeline, context: CardContext): readonly Line[] {
  const { repository, branch, pullRequest, sha } = pipeline
  const parts: Line[] = [[link(repository, repositoryUrl(context.webUrl, repository), 'bold')]]
  if (branch !== null) parts.push([link(branch, repositoryUrl(context.webUrl, repository, 'tree', branch))])
  if (pullRequest !== null) {
    const state = pullRequest.state === 'open' ? '' : ` (${pullRequest.state})`
    parts.push([link(`#${pullRequest.number}`, pullRequest.url), words(state)])
  }
  parts.push([commitLink(repository, sha, context)])
  return parts
}

/** A commit's short sha, linked. */
export function commitLink(repository: string, sha: string, context: Pick<CardContext, 'webUrl'>): Span {
  return link(shortSha(sha), repositoryUrl(context.webUrl, repository, 'commit', sha), 'code')
}

/** Address of the run that a job belongs to, else of the job itself. */
export function runUrl(repository: string, job: Job, context: CardContext): string | null {
  if (job.runId === null) return job.url
  return repositoryUrl(context.webUrl, repository, 'actions', 'runs', String(job.runId)) ?? job.url
}

/** A person: mentioned in Slack when known there, else by login or name; null when nothing is known. */
export function person(
  login: string | null,
  fullName: string | null,
  context: Pick<CardContext, 'mentions'>,
): Span | null {
  if (login !== null && plainEnough(login)) return user(context.mentions.get(login.toLowerCase())) ?? outside(login)
  return fullName !== null && plainEnough(fullName) ? outside(fullName) : null
}

/** What the change is called: the commit's first line, else the pull request's title; null when neither is known. */
export function changeTitle(pipeline: Pipeline): string | null {
  const title = (pipeline.title ?? '').split('\n')[0]?.trim() ?? ''
  if (plainEnough(title)) return title
  const requested = pipeline.pullRequest?.title ?? ''
  return plainEnough(requested) ? requested : null
}

/** True when something is left of a name once it has been made harmless. */
function plainEnough(text: string): boolean {
  return name(text) !== '(no name)'
}
