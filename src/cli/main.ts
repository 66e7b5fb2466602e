#!/usr/bin/env node
/** The command line: works from the configuration and the store alone, whether the server runs or not. */
import { Command, CommanderError, Option } from 'commander'
import { version } from '../version.ts'
import { type AnalyzeOptions, analyze } from './analyze-command.ts'
import { exportLog, showRelease, verifyLog } from './audit.ts'
import { backup } from './backup.ts'
import { drillRollback } from './drill.ts'
import { lockEnvironment, unlockEnvironment } from './lock.ts'
import { listOutbox, retryOutbox } from './outbox.ts'
import type { PressOutcome } from './press.ts'
import { listReleases, stopRelease } from './release.ts'
import type { RollbackResult } from './rollback/report.ts'
import { type RollbackOptions, rollBack } from './rollback/rollback.ts'
import { processTerminal } from './rollback/terminal.ts'
import { type Steering, steerRollout } from './steer.ts'
import { UsageError } from './usage-error.ts'

type RollbackFlags = Omit<RollbackOptions, 'config' | 'data' | 'patience' | 'clock'> & { readonly json: boolean }

const program = new Command('sluice')
  .description('Sluice’s command line: looks after the store of a running or stopped Sluice.')
  .version(version)
  .option('-c, --config <file>', 'configuration', process.env.SLUICE_CONFIG ?? 'sluice.yml')
  .option('-d, --data <folder>', 'data folder, instead of the one that the configuration names')
  .showHelpAfterError('(sluice --help shows what there is)')
  // Commander would end with 1, as if the command had failed; commands made below take this over.
  .exitOverride()

program
  .command('backup')
  .description('copy the store to a new file while Sluice runs')
  .argument('<file>', 'where to; must not exist yet')
  .action(async (file: string) => console.log(await backup({ ...program.opts(), file })))

const outbox = program.command('outbox').description('calls to other services that wait or were given up')

outbox
  .command('list', { isDefault: true })
  .description('show them, oldest first')
  .option('--all', 'also those that only wait for their turn', false)
  .option('--json', 'one JSON object a line', false)
  .action(async (options: { all: boolean; json: boolean }) => {
    const text = await listOutbox({ ...program.opts(), ...options })
    if (text !== '') console.log(text)
  })

outbox
  .command('retry')
  .description('queue given-up calls again; a running Sluice makes them within a minute')
  .argument('[id...]', 'which ones (see sluice outbox list)')
  .option('--all', 'all of them', false)
  .action(async (ids: string[], options: { all: boolean }) =>
    console.log(await retryOutbox({ ...program.opts(), ids, all: options.all })),
  )

const release = program.command('release').description('releases at their gates; approving needs a card, not a shell')

release
  .command('list', { isDefault: true })
  .description('show the open ones, oldest first')
  .option('--all', 'the last fifty instead, newest first', false)
  .option('--json', 'one JSON object a line', false)
  .action(async (options: { all: boolean; json: boolean }) => {
    const text = await listReleases({ ...program.opts(), ...options })
    if (text !== '') console.log(text)
  })

release
  .command('show')
  .description('the whole story of one release, as sluice audit show tells it')
  .argument('<release>', 'its id, or the beginning of it')
  .option('--json', 'one JSON object a line', false)
  .action(showStory)

release
  .command('reject')
  .description('say no to a release that waits at its gate')
  .argument('<release>', 'its id, or the beginning of it')
  .argument('<reason...>', 'why; the card shows it')
  .action(async (id: string, reason: string[]) =>
    answer(await stopRelease(program.opts(), 'reject', id, reason.join(' '))),
  )

release
  .command('cancel')
  .description('call a release off that has not begun')
  .argument('<release>', 'its id, or the beginning of it')
  .argument('[reason...]', 'why; the card shows it')
  .action(async (id: string, reason: string[]) =>
    answer(await stopRelease(program.opts(), 'cancel', id, reason.join(' ') || null)),
  )

program
  .command('lock')
  .description('let nothing be released to an environment')
  .argument('<environment>', 'its name or an alias')
  .argument('<reason...>', 'why; shown to everybody whose release waits')
  .option('--repo <repository>', 'owner/name, where several have this environment')
  .option('--for <time>', 'for how long: 90m, 2h, 3d; until it is taken off when left out')
  .option('--take-over', 'in place of somebody else’s lock, who is told', false)
  .action(async (environment: string, reason: string[], options: { repo?: string; for?: string; takeOver: boolean }) =>
    answer(await lockEnvironment({ ...program.opts(), ...options }, environment, reason.join(' '))),
  )

program
  .command('unlock')
  .description('take the lock of an environment off, whoever holds it; they are told')
  .argument('<environment>', 'its name or an alias')
  .option('--repo <repository>', 'owner/name, where several have this environment')
  .action(async (environment: string, options: { repo?: string }) =>
    answer(await unlockEnvironment({ ...program.opts(), ...options }, environment)),
  )

const environmentArgument = ['<environment>', 'its name or an alias'] as const
const repositoryOption = ['--repo <repository>', 'owner/name, where several have this environment'] as const

program
  .command('hold')
  .description('stop the clock of a rollout; it is still watched, and rolled back if it fails')
  .argument(...environmentArgument)
  .argument('<reason...>', 'why; the card shows it')
  .option(...repositoryOption)
  .action(async (environment: string, reason: string[], options: { repo?: string }) =>
    steer(environment, options, { type: 'hold', why: reason.join(' ') }),
  )

program
  .command('extend')
  .description('make the window of a rollout’s present step longer')
  .argument(...environmentArgument)
  .argument('<time...>', 'by how much: 15m, 1h')
  .option(...repositoryOption)
  .action(async (environment: string, time: string[], options: { repo?: string }) =>
    steer(environment, options, { type: 'extend', time: time.join(' ') }),
  )

for (const [type, description] of [
  ['resume', 'let a held rollout go on'],
  ['advance', 'begin the next step of a rollout now'],
  ['promote', 'give the new version all of the traffic now'],
  ['adopt', 'take the split that somebody else made for the rollout’s own'],
  ['restore', 'set the split of the rollout again that somebody else has changed'],
] as const) {
  program
    .command(type)
    .description(description)
    .argument(...environmentArgument)
    .option(...repositoryOption)
    .action(async (environment: string, options: { repo?: string }) => steer(environment, options, { type }))
}

program
  .command('analyze')
  .description(
    'judge a rollout again, or try the judge on the service as it is; exit code 1 when the answer is another one',
  )
  .option('--release <release>', 'what was measured of it: its id, or the beginning of it')
  .option('--policy <file>', 'YAML: what stands under "metrics" of an environment, or only what shall be other')
  .option('--self-test', 'split the stable pool against itself; needs the configuration and Prometheus', false)
  .option('--env <environment>', 'for --self-test: its name or an alias')
  .option('--repo <repository>', 'owner/name, where several have this environment')
  .option('--hours <number>', 'how far back', '24')
  .option('--split-by <label>', 'the label that instances are told apart by', 'instance')
  .option('--pool <pool>', 'the pool that serves, where the metrics are told apart by pools')
  .option('--json', 'one JSON object a check, or one for the whole self-test', false)
  .action(async (options: AnalyzeOptions) => report(await analyze({ ...program.opts(), ...options })))

program
  .command('rollback')
  .description('the emergency brake: traffic back at once, functions and frontend with it; see docs/rollback.md')
  .argument('<environment>', 'its name or an alias')
  .argument('[reason...]', 'why; the card and the audit log show it')
  .option('--repo <repository>', 'owner/name, where several have this environment')
  .option(
    '--release <release>',
    'another than what is rolling out or was released last: its id, or the beginning of it',
  )
  .option('--yes', 'do not ask', false)
  .option('--direct', 'from here, also while Sluice runs', false)
  .option('--json', 'the result as one JSON object on standard output', false)
  .option('--no-store', 'without the store: to what the flags below name')
  .option('--to-pool <name>', 'the pool that is to have all of the traffic')
  .option('--frontend-deployment <id>', 'the deployment that is to be live again (dpl_…)')
  .optionsGroup('Without a configuration:')
  .option('--cloudflare-account <id>')
  .option('--cloudflare-zone <id>')
  .option('--load-balancer <id>')
  .option('--pools <pools>', 'blue=ID,green=ID')
  .option('--cloudflare-api <address>', 'where the API is, if not at Cloudflare')
  .option('--vercel-project <project>', 'its name or id')
  .option('--vercel-team <team>', 'its slug or id')
  .option('--vercel-domain <domain>', 'by which it is looked what is live')
  .option('--vercel-api <address>', 'where the API is, if not at Vercel')
  .action(async (environment: string, reason: string[], options: RollbackFlags) =>
    conclude(
      await rollBack(
        { ...program.opts(), ...options },
        environment,
        reason.join(' ') || null,
        processTerminal(options.json),
      ),
      options.json,
    ),
  )

program
  .command('drill')
  .description('fire drills: the emergency brake, tried out')
  .command('rollback')
  .description('roll an environment back and put everything back as it was; says how long each part took')
  .requiredOption('--env <environment>', 'its name or an alias; sluice.yml has to allow it (drill)')
  .option('--repo <repository>', 'owner/name, where several have this environment')
  .option('--yes', 'do not ask', false)
  .option('--json', 'the result as one JSON object on standard output', false)
  .action(async (options: { env: string; repo?: string; yes: boolean; json: boolean }) =>
    conclude(
      await drillRollback({ ...program.opts(), ...options }, options.env, processTerminal(options.json)),
      options.json,
    ),
  )

const audit = program.command('audit').description('the log of who did what, and why something was refused')

audit
  .command('verify')
  .description('walk the chain of hashes; the first row that does not fit is named (exit code 1)')
  .option('--head <hash>', 'also check that the log still leads up to this head, which was posted earlier')
  .option('--rows <number>', 'how many rows there were then')
  .action(async (options: { head?: string; rows?: string }) => {
    report(await verifyLog({ ...program.opts(), ...options }))
  })

audit
  .command('show')
  .description('the whole story of one release: who did what, when, why, and on which evidence')
  .argument('<release>', 'its id, or the beginning of it')
  .option('--json', 'one JSON object a line', false)
  .action(showStory)

audit
  .command('export')
  .description('print the log, oldest first')
  .option('--from <time>', 'from this time on: 2026-11-24 or 2026-11-24T10:00:00Z (UTC)')
  .option('--to <time>', 'up to this time; a day counts whole')
  .option('--release <release>', 'only the rows of this release: its id, or the beginning of it')
  .addOption(new Option('--format <format>', 'how').choices(['jsonl', 'csv']).default('jsonl'))
  .action(async (options: { from?: string; to?: string; release?: string; format: 'jsonl' | 'csv' }) =>
    exportLog({ ...program.opts(), ...options }, process.stdout),
  )

async function showStory(id: string, options: { json: boolean }): Promise<void> {
  // Says no also where NO_COLOR is set.
  const hasColor = process.stdout.isTTY && process.stdout.hasColors()
  report(await showRelease({ ...program.opts(), ...options, hasColor }, id))
}

async function steer(environment: string, options: { repo?: string }, steering: Steering): Promise<void> {
  answer(await steerRollout({ ...program.opts(), ...options }, environment, steering))
}

/** Exit code 1 for what was refused. */
function answer({ text, isDone }: PressOutcome): void {
  report({ text, isSound: isDone })
}

/** Exit code 1 for what is not verified. */
function conclude({ isVerified, lines, json }: RollbackResult, isForMachines: boolean): void {
  report({ text: isForMachines ? JSON.stringify(json) : lines.join('\n'), isSound: isVerified })
}

function report({ text, isSound }: { readonly text: string; readonly isSound: boolean }): void {
  if (text !== '') console.log(text)
  if (!isSound) process.exitCode = 1
}

try {
  await program.parseAsync()
} catch (error) {
  // Commander has said what is wrong already, or has shown the help or the version that was asked for.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    console.error(`sluice: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
