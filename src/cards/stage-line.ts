import type { Pipeline, Stage } from '../pipeline/pipeline.ts'
import { escapeMrkdwn } from './escape.ts'
import { failedJobs } from './headline.ts'
import type { CardContext, Rendered } from './rendered.ts'
import { joined, type Line, name, textBlocks, words } from './spans.ts'
import { stageFacts, stageWord } from './stage-details.ts'
import { stateLooks } from './state-words.ts'
import { repositoryName, shortSha } from './subject.ts'

/**
 * The line in a card's thread when a stage has ended: what became of it, how long it took, and which jobs failed.
 *
 * @param stage - one of the pipeline's stages
 */
export function stageLine(stage: Stage, pipeline: Pipeline, context: CardContext): Rendered {
  const word = stageWord(stage, pipeline.completedAt !== null)
  const parts: Line[] = [
    [words(`${stateLooks[stage.state].symbol} `), words(name(stage.name), 'bold'), words(` ${word}`)],
    ...stageFacts(stage, context).map((fact): Line => [words(fact)]),
  ]
  const failed = failedJobs(stage)
  if (failed !== '') parts.push([words(failed)])
  const where = `${repositoryName(pipeline.repository)} ${shortSha(pipeline.sha)}`
  const what = `${name(stage.name)} ${[word, ...stageFacts(stage, context)].join(', ')}`
  return {
    text: escapeMrkdwn(failed === '' ? `${where}: ${what}` : `${where}: ${what} - ${failed}`),
    blocks: textBlocks([joined(parts)], context.layout),
  }
}
