import type { FilesCompleteUploadExternalResponse, FilesGetUploadURLExternalResponse } from '@slack/web-api'
import { z } from 'zod'
import { addMessage } from './messages.ts'
import {
  type Answer,
  integerArgument,
  jsonArgument,
  type MethodAnswer,
  type MethodCall,
  type MethodTable,
  parseArguments,
  refuse,
  visibleChannel,
} from './method.ts'
import { newId } from './state.ts'
import type { World } from './world.ts'

function getUploadUrl({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(z.object({ filename: z.string().min(1), length: integerArgument.min(1) }), args)
  if (!parsed.ok) return parsed
  const { filename, length } = parsed.value
  const id = newId(world.state, 'F')
  world.state.files[id] = { id, name: filename, length, title: filename, content: null, isComplete: false }
  return {
    ok: true,
    upload_url: `${world.origin}/upload/v1/${id}`,
    file_id: id,
  } satisfies Answer<FilesGetUploadURLExternalResponse>
}

/** Takes what was sent to an upload address; false when there is no such upload or its length is wrong. */
export function receiveUpload(world: World, fileId: string, content: Buffer): boolean {
  const file = world.state.files[fileId]
  if (file === undefined || file.isComplete || content.length !== file.length) return false
  file.content = content.toString('base64')
  return true
}

const completeArguments = z.object({
  files: jsonArgument(z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1)),
  channel_id: z.string().optional(),
  thread_ts: z.coerce.string().optional(),
  initial_comment: z.string().optional(),
})

function completeUpload({ world, args }: MethodCall): MethodAnswer {
  const parsed = parseArguments(completeArguments, args)
  if (!parsed.ok) return parsed
  const { files: asked, channel_id, thread_ts, initial_comment } = parsed.value
  const files = asked.flatMap(({ id, title }) => {
    const file = world.state.files[id]
    return file === undefined || file.content === null ? [] : [{ file, title: title ?? file.title }]
  })
  if (files.length < asked.length) return refuse('file_not_found')
  const channel = channel_id === undefined ? null : visibleChannel(world, channel_id)
  if (channel_id !== undefined) {
    if (channel === null) return refuse('channel_not_found')
    if (channel.isArchived) return refuse('is_archived')
    if (!channel.members.includes(world.state.app.botUserId)) return refuse('not_in_channel')
  }
  for (const { file, title } of files) {
    file.title = title
    file.isComplete = true
    file.readyAt = world.clock.now() + world.fileDelayMs
  }
  if (channel !== null) {
    addMessage(world, channel, {
      user: world.state.app.botUserId,
      botId: world.state.app.botId,
      text: initial_comment ?? '',
      threadTs: thread_ts !== undefined && channel.messages[thread_ts] !== undefined ? thread_ts : null,
      fileIds: files.map(({ file }) => file.id),
    })
  }
  return {
    ok: true,
    files: files.map(({ file }) => ({ id: file.id, name: file.name, title: file.title, size: file.length })),
  } satisfies Answer<FilesCompleteUploadExternalResponse>
}

export const fileMethods: MethodTable = {
  'files.getUploadURLExternal': { scopes: ['files:write'], tier: 'tier4', handler: getUploadUrl },
  'files.completeUploadExternal': { scopes: ['files:write'], tier: 'tier4', handler: completeUpload },
}
