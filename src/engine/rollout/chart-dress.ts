/** Puts a chart under a message: as Slack's own block, or as a picture where the workspace refuses that block. */
import type { KnownBlock } from '@slack/types'
import { chartBlock } from '../../cards/chart-block.ts'
import { chartSvg } from '../../cards/chart-svg.ts'
import type { Rendered } from '../../cards/rendered.ts'
import { chartWords, type VerdictChart } from '../../cards/verdict-chart.ts'
import { readSetting, writeSetting } from '../../store/settings.ts'
import { drawPng } from '../draw-png.ts'
import type { PerformContext } from '../perform-context.ts'

/** Waits before a message with a picture is sent again: Slack works on a file for some seconds after it has taken it. */
const waitsMs = [0, 1000, 2000, 4000]

export interface ChartDress {
  /** For `postReply`. */
  readonly dressed: (refusals: number) => Promise<Rendered | null>
  /** To be called once the message is there: what the workspace takes is not tried out again. */
  readonly remember: () => Promise<void>
}

/** A chart is never worth the message: whatever goes wrong with it, the message is posted without. */
export async function chartDress(
  message: Rendered,
  chart: VerdictChart,
  { store, chat, clock }: Pick<PerformContext, 'store' | 'chat' | 'clock'>,
): Promise<ChartDress> {
  const takesBlocks = (await readSetting(store.db, 'slack.charts')) !== 'picture'
  let fileId: string | null = null
  let hasPicture = false

  return {
    async dressed(refusals) {
      const tries = takesBlocks ? refusals - 1 : refusals
      if (tries < 0) return { ...message, blocks: [...message.blocks, chartBlock(chart)] }
      const waitMs = waitsMs[tries]
      if (tries === 0) fileId = await upload()
      hasPicture = fileId !== null && waitMs !== undefined
      if (fileId === null || waitMs === undefined) return null
      if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve))
      return { ...message, blocks: [...message.blocks, pictureBlock(fileId, chart)] }
    },
    async remember() {
      if (takesBlocks && hasPicture) await store.transaction((tx) => writeSetting(tx, 'slack.charts', 'picture'))
    },
  }

  async function upload(): Promise<string | null> {
    const content = await drawPng(chartSvg(chart))
    if (content === null) return null
    const picture = { name: 'chart.png', title: chart.title, altText: chartWords(chart), content }
    const uploaded = await chat.uploadPicture(picture)
    return uploaded.ok ? uploaded.value.fileId : null
  }
}

function pictureBlock(fileId: string, chart: VerdictChart): KnownBlock {
  return { type: 'image', slack_file: { id: fileId }, alt_text: chartWords(chart) }
}
