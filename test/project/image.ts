import { constants, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, posix, resolve } from 'node:path'
import { z } from 'zod'
import { type Instruction, parseDockerfile, splitFlags } from './dockerfile.ts'
import { readDockerignore } from './dockerignore.ts'

// Lays out in a folder what `docker build` would put into the image, without an engine: it carries out the COPY and
// RUN lines that this project uses, and refuses any other, so that a new line cannot go by unseen.

/** What the Dockerfile says of the image besides its files. */
export interface Image {
  /** Folder that stands for `/`. */
  readonly root: string
  readonly base: string
  readonly env: Readonly<Record<string, string>>
  /** Absolute in the image, `/app`. */
  readonly workdir: string
  readonly user: string | null
  readonly volumes: readonly string[]
  readonly stopSignal: string | null
  readonly healthcheck: readonly string[]
  readonly command: readonly string[]
  /** Folders made with `install -d`, with the owner that they were given. */
  readonly owners: Readonly<Record<string, string>>
}

const argumentList = z.array(z.string()).min(1)
const dependencies = z.record(z.string(), z.string()).default({})
const packageFile = z.object({ dependencies, devDependencies: dependencies })
const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
      hasInstallScript: z.boolean().default(false),
      dependencies,
      devDependencies: dependencies,
    }),
  ),
})

type Draft = { -readonly [Key in keyof Image]: Image[Key] } & { env: Record<string, string> } & {
  owners: Record<string, string>
}

/**
 * Builds the image of `context` in `root`.
 *
 * @throws when a line is not understood, a COPY source is missing or ignored, or `npm ci` could not work
 */
export function layOutImage(context: string, root: string): Image {
  const image: Draft = {
    root,
    base: '',
    env: {},
    workdir: '/',
    user: null,
    volumes: [],
    stopSignal: null,
    healthcheck: [],
    command: [],
    owners: {},
  }
  for (const instruction of parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'))) {
    try {
      apply(image, instruction, context)
    } catch (error) {
      throw new Error(`Dockerfile:${instruction.line}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return image
}

function apply(image: Draft, { name, text }: Instruction, context: string): void {
  switch (name) {
    case 'FROM':
      image.base = text
      return
    case 'ENV': {
      const [, key, value] = /^(\w+)=(\S+)$/.exec(text) ?? []
      if (key === undefined || value === undefined) throw new Error('ENV is understood as one NAME=VALUE a line')
      image.env[key] = value
      return
    }
    case 'WORKDIR':
      image.workdir = text
      mkdirSync(inImage(image, text), { recursive: true })
      return
    case 'COPY':
      copy(image, text, context)
      return
    case 'RUN':
      for (const command of text.split('&&')) run(image, command.trim(), context)
      return
    case 'USER':
      image.user = text
      return
    case 'VOLUME':
      image.volumes = [...image.volumes, text]
      return
    case 'STOPSIGNAL':
      image.stopSignal = text
      return
    case 'HEALTHCHECK':
      image.healthcheck = argumentList.parse(JSON.parse(text.replace(/^.*?\bCMD\s+/, '')))
      return
    case 'CMD':
      image.command = argumentList.parse(JSON.parse(text))
      return
    case 'EXPOSE':
    case 'LABEL':
      return
    default:
      throw new Error(`${name} is not understood: teach test/project/image.ts what it does`)
  }
}

function inImage(image: Draft, path: string): string {
  return join(image.root, posix.resolve(image.workdir, path))
}

function copy(image: Draft, text: string, context: string): void {
  const { words } = splitFlags(text)
  const destination = words.at(-1)
  const sources = words.slice(0, -1)
  if (destination === undefined || sources.length === 0) throw new Error('COPY needs a source and a destination')
  const isIgnored = readDockerignore(readFileSync(join(context, '.dockerignore'), 'utf8'))
  for (const source of sources) {
    const from = join(context, source)
    if (isAbsolute(source) || !existsSync(from)) throw new Error(`COPY source ${source} does not exist`)
    if (isIgnored(source)) throw new Error(`COPY source ${source} is kept out by .dockerignore`)
    const isFolder = lstatSync(from).isDirectory()
    if (isFolder && !readdirSync(from, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile()))
      throw new Error(`COPY source ${source} holds no file: git does not keep it, so a fresh clone has none`)
    const isInto = destination.endsWith('/') || sources.length > 1
    const to = inImage(image, isInto && !isFolder ? join(destination, basename(source)) : destination)
    cpSync(from, to, {
      recursive: true,
      filter: (path) => path === from || !isIgnored(path.slice(context.length + 1)),
    })
  }
}

function run(image: Draft, command: string, context: string): void {
  const [program, ...rest] = command.split(/\s+/)
  const { flags, words } = splitFlags(rest.join(' '))
  switch (`${program} ${words[0] ?? ''}`) {
    case 'npm ci':
      npmCi(image, flags, context)
      return
    case 'npm cache':
      return
  }
  const last = words.at(-1)
  if (last === undefined) throw new Error(`RUN ${command}: nothing to do it with`)
  switch (program) {
    case 'mkdir':
      mkdirSync(inImage(image, last), { recursive: true })
      return
    case 'install':
      if (!flags.includes('-d')) throw new Error(`RUN ${command}: install is understood with -d only`)
      mkdirSync(inImage(image, last), { recursive: true })
      image.owners[last] = /-o (\S+)/.exec(command)?.[1] ?? 'root'
      return
    case 'ln': {
      const [target] = words
      if (target === undefined || !flags.includes('-s'))
        throw new Error(`RUN ${command}: ln is understood with -s only`)
      mkdirSync(dirname(inImage(image, last)), { recursive: true })
      symlinkSync(inImage(image, target), inImage(image, last))
      return
    }
    default:
      throw new Error(`RUN ${command}: not understood; teach test/project/image.ts what it does`)
  }
}

/** What `npm ci --omit=dev --ignore-scripts` would install, taken from the packages of the checkout. */
function npmCi(image: Draft, flags: readonly string[], context: string): void {
  if (!flags.includes('--omit=dev')) throw new Error('npm ci without --omit=dev would install development packages')
  const folder = inImage(image, '.')
  const manifest = packageFile.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const { packages } = lockFile.parse(JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')))
  const locked = packages['']
  if (JSON.stringify(locked?.dependencies) !== JSON.stringify(manifest.dependencies))
    throw new Error('npm ci refuses: the dependencies of package.json and package-lock.json are not the same')
  for (const [path, { dev, optional, hasInstallScript }] of Object.entries(packages)) {
    if (path === '' || dev) continue
    const from = resolve(context, path)
    if (!existsSync(from)) {
      if (optional) continue
      throw new Error(`${path} is in package-lock.json but not installed here: run npm ci first`)
    }
    if (hasInstallScript) throw new Error(`${path} has an install script, which --ignore-scripts does not run`)
    const to = join(folder, path)
    mkdirSync(dirname(to), { recursive: true })
    const nested = join(from, 'node_modules')
    cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, filter: (each) => each !== nested })
  }
}
