import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDockerignore } from './dockerignore.ts'
import { type Image, layOutImage } from './image.ts'

const context = resolve(import.meta.dirname, '../..')
const node = join(context, 'node_modules/.bin/node')
let root: string
let image: Image
let app: string
const running = new Set<ChildProcess>()

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-image-'))
  image = layOutImage(context, root)
  app = join(root, image.workdir)
}, 60_000)

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

describe('.dockerignore', () => {
  test('lets in only what is named, and the last matching pattern decides', () => {
    const isIgnored = readDockerignore(readFileSync(join(context, '.dockerignore'), 'utf8'))
    const paths = ['package.json', 'src/main.ts', 'handlers/slack/x.ts', 'commands/deploy.ts']
    expect(paths.filter(isIgnored)).toEqual([])
    const kept = [
      '.git',
      '.env',
      'src/.env.local',
      'src/key.pem',
      'data/sluice.sqlite',
      'test/a.ts',
      'node_modules/zod',
    ]
    expect(kept.filter((path) => !isIgnored(path))).toEqual([])
  })
})

describe('the image', () => {
  test('is Node 24 on slim, runs as somebody other than root, and is stopped by SIGTERM', () => {
    expect(image.base).toBe('node:24-slim')
    expect(image.user).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/)
    expect(image.stopSignal).toBe('SIGTERM')
    expect(image.healthcheck).not.toEqual([])
  })

  test('keeps its data in a volume that belongs to the user it runs as', () => {
    expect(image.volumes).toEqual(['/data'])
    expect(image.owners['/data']).toBe('node')
  })

  test('holds the sources, the licence and nothing that is for development', () => {
    const isDevelopment =
      /^(test|sandbox|docs|workflows|\.git.*|\.ci|biome\.json|knip\.json|tsconfig\.json|.*\.test\.ts)$/
    const entries = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !path.startsWith('node_modules'),
    )
    expect(entries).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'LICENSE', 'src/main.ts']))
    expect(entries.filter((path) => path.split('/').some((part) => isDevelopment.test(part)))).toEqual([])
  })

  test('holds every production dependency and no development dependency', () => {
    const manifest = JSON.parse(readFileSync(join(context, 'package.json'), 'utf8'))
    const isInstalled = (name: string) => existsSync(join(app, 'node_modules', name, 'package.json'))
    expect(Object.keys(manifest.dependencies).filter((name) => !isInstalled(name))).toEqual([])
    const development = Object.keys(manifest.devDependencies).filter((name) => name !== '@types/node')
    expect(development.filter(isInstalled)).toEqual([])
  })

  test('holds every file that the service and the command line import', () => {
    const missing: string[] = []
    const seen = new Set<string>()
    const follow = (file: string, from: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      if (!existsSync(file)) {
        missing.push(`${file.slice(app.length + 1)}, imported by ${from.slice(app.length + 1)}`)
        return
      }
      const imports = /(?:\bfrom |\bimport |\bimport\(|new URL\()'(\.{1,2}\/[^']+)'/g
      for (const [, path] of readFileSync(file, 'utf8').matchAll(imports)) {
        if (path !== undefined) follow(resolve(dirname(file), path), file)
      }
    }
    for (const entry of ['src/main.ts', 'src/cli/main.ts']) follow(join(app, entry), join(app, 'package.json'))
    expect(missing, 'add the folder to COPY in the Dockerfile').toEqual([])
  })

  test('has the command line as `sluice`', async () => {
    const link = join(root, 'usr/local/bin/sluice')
    expect(statSync(link).mode & 0o111).not.toBe(0)
    expect(readFileSync(link, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    const help = await output(node, [link, '--help'], image.env)
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('backup')
  })

  test('starts in a folder that holds only this, answers /healthz, and ends with 0 on SIGTERM', async () => {
    const version = await output(node, ['--version'], {})
    expect(version.stdout).toMatch(new RegExp(`^v${/^node:(\d+)/.exec(image.base)?.[1]}\\.`))
    const port = await freePort()
    const closed = await freePort()
    const configuration = join(root, image.env.SLUICE_CONFIG ?? '')
    mkdirSync(dirname(configuration), { recursive: true })
    writeFileSync(configuration, sluiceYml(closed))
    const healthUrl = `http://127.0.0.1:${port}/healthz`
    const environment = { ...image.env, ...secrets, SLUICE_CONFIG: configuration, PORT: String(port) }

    const [program, ...args] = image.command
    expect(program).toBe('node')
    const child = spawn(node, args, { cwd: app, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    const said: string[] = []
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    const ended = once(child, 'exit')

    const deadline = Date.now() + 20_000
    let status: number | null = null
    while (status === null && Date.now() < deadline && child.exitCode === null) {
      status = await fetch(healthUrl).then(
        (answer) => answer.status,
        () => null,
      )
      if (status === null) await delay(50)
    }
    expect(status, said.join('')).toBe(200)

    const [checker, ...checkArgs] = image.healthcheck
    expect(checker).toBe('node')
    expect((await output(node, checkArgs, environment)).code, 'HEALTHCHECK while it runs').toBe(0)
    expect(readdirSync(join(root, 'data')), 'the default data folder is the volume').not.toEqual([])
    child.kill('SIGTERM')
    const [code, signal] = await ended
    expect({ code, signal }, said.join('')).toEqual({ code: 0, signal: null })
    expect((await output(node, checkArgs, environment)).code, 'HEALTHCHECK when it is gone').toBe(1)
    expect(said.join(''), 'no secret in what it says').not.toMatch(/fake-secret/)
  }, 60_000)
})

const secrets = {
  SLACK_BOT_TOKEN: 'xoxb-fake-secret',
  SLACK_SIGNING_SECRET: 'fake-secret-of-slack',
  GITHUB_WEBHOOK_SECRET: 'fake-secret-of-github',
  GITHUB_TOKEN: 'ghp_fake-secret',
}

/** A configuration whose services are on a closed port of this machine: to be alive, Sluice needs none of them. */
function sluiceYml(closedPort: number): string {
  return `repositories:
  - repo: omnihub/shop
    channel: '#deployments'
slack:
  api_url: http://127.0.0.1:${closedPort}/api/
github:
  api_url: http://127.0.0.1:${closedPort}
server:
  host: 127.0.0.1
`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no port')
  return address.port
}

async function output(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  const [code] = await once(child, 'close')
  return { code, stdout }
}
