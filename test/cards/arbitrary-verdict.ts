import fc from 'fast-check'
import type { MetricVerdict } from '../../src/analysis/verdict.ts'

/** Numbers as a faulty source, a faulty policy or a stored NaN (null in JSON) might bring them in. */
const anyNumber = fc.oneof(
  fc.constantFrom(
    0,
    1,
    0.0001,
    0.9999999,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-320,
    1e299,
  ),
  fc.double(),
  fc.nat(),
  fc.double({ min: 0, max: 1 }),
)
/** Names that could themselves read as a number's fault would make the property say nothing. */
const anyName = fc
  .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', '*@channel*', '<!here>', '`x`'))
  .filter((text) => !/nan|infinity|undefined|null|\de/i.test(text))
const anyArm = fc.record({ total: anyNumber, bad: anyNumber, rate: fc.option(anyNumber) })

export const anyMetricVerdict: fc.Arbitrary<MetricVerdict> = fc.record({
  metric: anyName,
  type: fc.constantFrom('ratio', 'latency', 'kinds'),
  isShadow: fc.boolean(),
  verdict: fc.constantFrom('fail', 'pass', 'inconclusive', 'no_data', 'error'),
  reason: fc.constantFrom(
    'harm_shown',
    'absolute_guard',
    'harm_excluded',
    'undecided',
    'warming_up',
    'no_series',
    'no_requests',
    'too_many_kinds',
    'source_error',
  ),
  canary: anyArm,
  baseline: anyArm,
  ratio: fc.option(anyNumber),
  ratioRange: fc.option(fc.tuple(anyNumber, anyNumber)),
  factor: anyNumber,
  evidence: fc.record({ value: anyNumber, needed: anyNumber, progress: anyNumber }),
  risk: fc.option(fc.record({ value: anyNumber, allowed: anyNumber, ratio: anyNumber })),
  errorsMissing: anyNumber,
  dispersion: anyNumber,
  p95: fc.option(fc.record({ canary: anyNumber, baseline: anyNumber })),
  newKinds: fc.array(
    fc.record({
      kind: anyName,
      count: anyNumber,
      minutes: anyNumber,
      p: anyNumber,
      correctedP: anyNumber,
      isShown: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  detail: fc.option(anyName),
})
