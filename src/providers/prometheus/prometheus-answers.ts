import { z } from 'zod'

/** What Prometheus' HTTP API answers (https://prometheus.io/docs/prometheus/latest/querying/api/). */

/** Numbers come as text, because JSON knows neither NaN nor infinity. */
const value = z.string().transform((text) => {
  const infinite = /^([+-]?)Inf$/.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return text === '' ? Number.NaN : Number(text)
})
/** Seconds with a fraction to milliseconds. */
const time = z.number().transform((seconds) => Math.round(seconds * 1000))
const sample = z.tuple([time, value])
const labels = z.record(z.string(), z.string())

const data = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: labels, value: sample.optional(), histogram: z.unknown().optional() })),
  }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: labels, values: z.array(sample).optional(), histograms: z.unknown().optional() }),
    ),
  }),
  z.object({ resultType: z.literal('scalar'), result: sample }),
  z.object({ resultType: z.literal('string'), result: z.unknown() }),
])

const texts = z.array(z.string()).nullish()

export const Answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data, warnings: texts, infos: texts }),
  z.object({ status: z.literal('error'), errorType: z.string().catch(''), error: z.string().catch('') }),
])

export type AnswerData = z.infer<typeof data>
export type Labels = z.infer<typeof labels>
