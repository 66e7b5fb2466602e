/** A call that cannot even be made, or whose object is nowhere: told in words, as no answer of GitHub says it. */
export class GithubProblem extends Error {
  readonly type: 'unauthorized' | 'not_found' | 'rejected'

  constructor(type: GithubProblem['type'], message: string) {
    super(message)
    this.type = type
  }
}
