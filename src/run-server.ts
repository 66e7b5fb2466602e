import { pino } from 'pino'
import { findWarnings } from './config/find-warnings.ts'
import { readConfiguration } from './config/read-configuration.ts'
import { startSluice } from './start-sluice.ts'

/** Reads the configuration, starts Sluice, and stops it when the process is told to. Ends the process when it cannot. */
export async function runServer(): Promise<void> {
  const log = pino({ level: process.env.LOG_LEVEL ?? 'info' })
  const configuration = await readConfiguration({ path: process.env.SLUICE_CONFIG ?? 'sluice.yml', env: process.env })
  if (!configuration.ok) {
    console.error(configuration.message)
    process.exit(78) // EX_CONFIG
  }

  const { config, secrets } = configuration
  for (const warning of findWarnings(config)) log.warn(warning, 'sluice.yml leaves something open')
  const sluice = await startSluice({ config, secrets, log }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  })
  log.info(
    { port: sluice.port, repositories: config.repositories.length, socketMode: secrets.slackAppToken !== null },
    'Sluice is ready',
  )

  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1)
      isStopping = true
      log.info({ signal }, 'stopping')
      sluice.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'could not stop cleanly; the next start goes on where this one was')
          process.exit(1)
        },
      )
    })
  }
}
