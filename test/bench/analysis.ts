/** Whole rollouts, simulated by the thousand: how often a good release is rolled back, and how fast a bad one. */
import { harmfulCells, healthyCells, type JudgeName, judgeNames, judges, ownCells } from './analysis-cells.ts'
import { plan } from './analysis-rollout.ts'
import { playRuns, type Run, type RunSummary } from './analysis-runs.ts'
import { defineBenchmark, type MeasureTable, type MeasureText, type Target } from './benchmark.ts'
import { round } from './statistics.ts'

const rollouts = 10_000
const seed = 20_261_124

const healthyNames = Object.keys(healthyCells)
const harmfulNames = Object.keys(harmfulCells)
const labels: Readonly<Record<string, { readonly label: string }>> = { ...healthyCells, ...harmfulCells, ...ownCells }
const labelOf = (cell: string) => labels[cell]?.label ?? cell

const percent = (label: string): MeasureText => ({ label, unit: '%', decimals: 2 })
const minutes = (label: string): MeasureText => ({ label, unit: 'min', decimals: 1 })
const count = (label: string): MeasureText => ({ label, unit: '' })

/** One figure of one run: its name, its text, and where it is found in the run's summary. */
interface Figure {
  readonly name: string
  readonly text: MeasureText
  readonly cell: string
  readonly judge: JudgeName
  readonly of: (summary: RunSummary) => number
}

const falseRollbacks = healthyNames.flatMap((cell) =>
  judgeNames.map((judge): Figure => {
    const text = percent(`healthy, ${labelOf(cell)}, ${judges[judge].label}: rolled back`)
    return { name: `${cell}_${judge}`, text, cell, judge, of: ({ rolledBack }) => rolledBack }
  }),
)

const finds = harmfulNames.flatMap((cell) =>
  judgeNames.flatMap((judge): readonly Figure[] => {
    const named = (what: string) => `${labelOf(cell)}, ${judges[judge].label}: ${what}`
    return [
      figure(`${cell}_${judge}_at_5`, percent(named('found at the 5 % step')), cell, judge, (run) => run.atFirstStep),
      figure(`${cell}_${judge}_found`, percent(named('found at all')), cell, judge, (run) => run.rolledBack),
      figure(`${cell}_${judge}_minutes`, minutes(named('found after, median')), cell, judge, (run) => run.minutes),
      figure(
        `${cell}_${judge}_errors`,
        count(named('errors served by the canary until then, median')),
        cell,
        judge,
        (run) => run.canaryErrors,
      ),
    ]
  }),
)

const warmUpMinutes = 3
const own: readonly Figure[] = [
  ...(['healthy_5', 'healthy_10', 'healthy_50', 'healthy_500', 'healthy_5000'] as const).map((cell) =>
    ownFigure(cell, 'held', percent(`healthy, ${labelOf(cell)}: ends in a hold`), (run) => run.held),
  ),
  ownFigure('bursts_50', 'held', percent('healthy, 50 requests/s in bursts: ends in a hold'), (run) => run.held),
  ownFigure('healthy_5', 'rolled_back', percent('healthy, 5 requests/s: rolled back'), (run) => run.rolledBack),
  ownFigure(
    'healthy_quick',
    'rolled_back',
    percent('healthy, 50 requests/s, a check each 10 s: rolled back'),
    (run) => run.rolledBack,
  ),
  ownFigure(
    'times_10',
    'judged_minutes',
    minutes(
      `10 × the errors, at the 5 % step: found after, median, in minutes after the ${warmUpMinutes} of the warm-up`,
    ),
    (run) => run.firstStepMinutes - warmUpMinutes,
  ),
  ownFigure(
    'times_10',
    'step_minutes',
    minutes('the same from the beginning of the step'),
    (run) => run.firstStepMinutes,
  ),
  ownFigure(
    'bursts_times_10',
    'at_5',
    percent('10 × the errors in bursts of 4: found at the 5 % step'),
    (run) => run.atFirstStep,
  ),
  ownFigure(
    'bursts_times_10',
    'found',
    percent('10 × the errors in bursts of 4: found at all'),
    (run) => run.rolledBack,
  ),
  ownFigure(
    'times_50',
    'found',
    percent('50 × the errors, a check each 10 s: found at the 5 % step'),
    (run) => run.atFirstStep,
  ),
  ownFigure(
    'times_50',
    'seconds',
    { label: '50 × the errors, a check each 10 s: found after, median, from the beginning of the step', unit: 's' },
    (run) => run.firstStepMinutes * 60,
  ),
  ...(['50', '500'] as const).flatMap((rate) => [
    ownFigure(
      `latency_healthy_${rate}`,
      'rolled_back',
      percent(`latency, healthy, ${rate} requests/s: rolled back`),
      (run) => run.rolledBack,
    ),
    ownFigure(
      `latency_healthy_${rate}`,
      'held',
      percent(`latency, healthy, ${rate} requests/s: ends in a hold`),
      (run) => run.held,
    ),
    ownFigure(
      `slow_${rate}`,
      'at_5',
      percent(`2 × the latency, ${rate} requests/s: found at the 5 % step`),
      (run) => run.atFirstStep,
    ),
    ownFigure(
      `slow_${rate}`,
      'found',
      percent(`2 × the latency, ${rate} requests/s: found at all`),
      (run) => run.rolledBack,
    ),
    ownFigure(
      `slow_${rate}`,
      'minutes',
      minutes(`2 × the latency, ${rate} requests/s: found after, median`),
      (run) => run.minutes,
    ),
    ownFigure(
      `whole_${rate}`,
      'rolled_back',
      percent(`all default metrics, healthy, ${rate} requests/s: rolled back`),
      (run) => run.rolledBack,
    ),
  ]),
  ownFigure(
    'whole_times_10',
    'at_5',
    percent('all default metrics, 10 × the errors: found at the 5 % step'),
    (run) => run.atFirstStep,
  ),
  ownFigure(
    'whole_times_10',
    'judged_minutes',
    minutes('all default metrics, 10 × the errors: found after, median, in minutes after the warm-up'),
    (run) => run.firstStepMinutes - warmUpMinutes,
  ),
  ownFigure(
    'source_away',
    'rollbacks',
    count('source of the metrics away: rolled back meanwhile'),
    (run) => run.blindRollbacks,
  ),
  ownFigure(
    'source_away',
    'advances',
    count('source of the metrics away: advanced meanwhile'),
    (run) => run.blindAdvances,
  ),
  ownFigure(
    'source_away',
    'completed',
    percent('source of the metrics away for half an hour: completed after all'),
    (run) => run.completed,
  ),
]

const figures: readonly Figure[] = [...falseRollbacks, ...finds, ...own]
const measures = Object.fromEntries(figures.map(({ name, text }) => [name, text]))

const atMost = (limit: number): Target => ({ is: 'at most', limit })
const atLeast = (limit: number): Target => ({ is: 'at least', limit })
const exactly = (limit: number): Target => ({ is: 'exactly', limit })

const comparison = (
  caption: string,
  cells: readonly string[],
  figureOf: (cell: string, judge: JudgeName) => string,
): MeasureTable => ({
  caption,
  columns: ['', ...judgeNames.map((judge) => judges[judge].label)],
  rows: cells.map((cell) => ({ label: labelOf(cell), cells: judgeNames.map((judge) => figureOf(cell, judge)) })),
})

const planText = plan.map(({ percent: share, windowMs }) => `${share} % for ${windowMs / 60_000} min`).join(', ')

export const analysis = defineBenchmark<string>({
  name: 'analysis',
  title: 'Verdicts',
  what: `Each figure comes from ${rollouts.toLocaleString('en')} simulated rollouts of ${planText}, with a check a minute and
0.1 % errors where nothing else is said. Counts are drawn for each interval from a seeded generator: requests and
errors of both arms independently, bursts as a random number of bursts of random (geometric) size, latencies as
log-normal in Prometheus' default buckets, with a common drift of 10 % and one of 5 % for each arm from minute to
minute. The judge is the code of \`src/analysis\` and nothing beside it; it knows the baseline's last hour, as in
production. All judges see the same rollouts. Sluice judges by errors alone, with its whole budget of 2 % false
rollbacks on them, where "all default metrics" is not said. The others do what their documentation says: the ratio of
the last five minutes, each minute; Argo Rollouts' background analysis, which fails after more failed measurements
than \`failureLimit\`; Flagger, which does not advance after a failed check and rolls back after as many as
\`threshold\`; Kayenta's judge on the values of each minute at the end of each window (98 % interval of the
Mann-Whitney test above a quarter of its estimate). The last two columns are the limits of the examples in the
documentation of Argo Rollouts (success of at least 95 % over 5 min, \`failureLimit: 3\`) and Flagger (success of at
least 99 % over 1 min, \`threshold: 10\`): fixed limits do not compare, so they neither mistake a healthy release nor
find one that is within them.`,
  measures,
  targets: {
    healthy_10_sluice: atMost(1),
    healthy_50_sluice: atMost(1),
    healthy_500_sluice: atMost(1),
    healthy_5000_sluice: atMost(1),
    bursts_50_sluice: atMost(3),
    bursts_500_sluice: atMost(3),
    outage_50_sluice: atMost(1.5),
    cold_50_sluice: atMost(1),
    error_free_50_sluice: atMost(0.1),
    times_10_sluice_at_5: atLeast(99),
    times_10_judged_minutes: atMost(4),
    times_5_sluice_found: atLeast(100),
    times_5_sluice_errors: atMost(10),
    times_50_seconds: atMost(60),
    slow_50_at_5: atLeast(75),
    slow_500_at_5: atLeast(99),
    latency_healthy_50_rolled_back: atMost(1.5),
    latency_healthy_500_rolled_back: atMost(1.5),
    whole_50_rolled_back: atMost(1),
    whole_500_rolled_back: atMost(1),
    source_away_rollbacks: exactly(0),
    source_away_advances: exactly(0),
  },
  tables: [
    comparison(
      'Healthy releases that are rolled back, over the whole rollout:',
      healthyNames,
      (cell, judge) => `${cell}_${judge}`,
    ),
    comparison(
      'Bad releases at 50 requests/s, found at the 5 % step:',
      harmfulNames,
      (cell, judge) => `${cell}_${judge}_at_5`,
    ),
    comparison('The same, found at any step:', harmfulNames, (cell, judge) => `${cell}_${judge}_found`),
    comparison(
      'Until they are found, from the beginning of the rollout (median of those found):',
      harmfulNames,
      (cell, judge) => `${cell}_${judge}_minutes`,
    ),
    comparison(
      'Requests of the canary that failed until then (median of those found):',
      harmfulNames,
      (cell, judge) => `${cell}_${judge}_errors`,
    ),
  ],
  timeoutMs: 900_000,
  async run(log) {
    const keys = new Set(figures.map(({ cell, judge }) => `${cell}/${judge}`))
    const runs = [...keys].map((key): Run => {
      const [cell = '', judge = ''] = key.split('/')
      return { cell, judge }
    })
    const summaries = await playRuns(runs, rollouts, seed, log)
    const entries = figures.map(({ name, text, cell, judge, of }) => {
      const summary = summaries.get(`${cell}/${judge}`)
      return [name, summary === undefined ? Number.NaN : round(of(summary), text.decimals ?? 0)] as const
    })
    return Object.fromEntries(entries)
  },
})

function figure(
  name: string,
  text: MeasureText,
  cell: string,
  judge: JudgeName,
  of: (summary: RunSummary) => number,
): Figure {
  return { name, text, cell, judge, of }
}

function ownFigure(cell: string, what: string, text: MeasureText, of: (summary: RunSummary) => number): Figure {
  return figure(`${cell}_${what}`, text, cell, 'sluice', of)
}
