import { resolve } from 'node:path'
import type { Node } from 'typescript/unstable/ast'
import {
  isBindingElement,
  isCallExpression,
  isIdentifier,
  isPropertyAccessExpression,
  isPropertyDeclaration,
  isPropertySignatureDeclaration,
  isTypeLiteralNode,
} from 'typescript/unstable/ast/is'
import { API, type Project, type Symbol as TypeScriptSymbol } from 'typescript/unstable/sync'

// Asks the compiler, not a regular expression, what the code uses of Slack: a method that was taken apart by
// destructuring or named by a constant is found all the same, and a word in a comment is not.

/** What a set of source files uses of Slack's platform. Every list is sorted and without repetition. */
export interface SlackUsage {
  /** Web API methods, `chat.postMessage`. */
  readonly methods: readonly string[]
  /** Names given to Bolt's `app.event`; `message` for `app.message`. */
  readonly events: readonly string[]
  /** Names given to `app.command`, `/deploy`. */
  readonly commands: readonly string[]
  /** Whether `app.action`, `app.view` or `app.options` is registered. */
  readonly hasInteractivity: boolean
  /** Callback ids given to `app.shortcut`. */
  readonly shortcuts: readonly string[]
}

const webApiMethods = /\/@slack\/web-api\/dist\/methods\.d\.ts$/i
const webApiClient = /\/@slack\/web-api\/dist\/(webclient|methods)\.d\.ts$/i
/** Registrations whose first argument stands in the manifest. */
const namedRegistrations: ReadonlySet<string> = new Set(['event', 'command', 'shortcut'])
const boltApp = /\/@slack\/bolt\/dist\/app\.d\.ts$/i

/**
 * Derives what some files of a TypeScript project use of Slack.
 *
 * @param projectFolder - absolute path of the folder with the tsconfig.json that the files belong to
 * @param isSource - says of a path relative to `projectFolder` whether its file counts
 * @throws when a method, an event, a command or a shortcut is named by something whose value the types do not tell
 */
export function deriveSlackUsage(projectFolder: string, isSource: (path: string) => boolean): SlackUsage {
  const api = new API({ cwd: projectFolder })
  try {
    const project = api.updateSnapshot({ openProjects: [resolve(projectFolder, 'tsconfig.json')] }).getProjects()[0]
    if (project === undefined) throw new Error(`The compiler found no project in ${projectFolder}`)
    const methods = new Set<string>()
    const registrations = new Map<string, Set<string>>()
    for (const file of project.rootFiles) {
      if (!file.startsWith(`${projectFolder}/`) || !isSource(file.slice(projectFolder.length + 1))) continue
      collect(project, file, methods, registrations)
    }
    const events = [...(registrations.get('event') ?? []), ...(registrations.has('message') ? ['message'] : [])]
    return {
      methods: [...methods].sort(),
      events: events.sort(),
      commands: [...(registrations.get('command') ?? [])].sort(),
      hasInteractivity: ['action', 'view', 'options'].some((name) => registrations.has(name)),
      shortcuts: [...(registrations.get('shortcut') ?? [])].sort(),
    }
  } finally {
    api.close()
  }
}

function collect(project: Project, file: string, methods: Set<string>, registrations: Map<string, Set<string>>): void {
  const identifiers = identifiersIn(project.program.getSourceFile(file))
  const symbols = project.checker.getSymbolAtLocation(identifiers)
  for (const [index, identifier] of identifiers.entries()) {
    for (const symbol of [symbols[index], propertyTakenOut(project, identifier)]) {
      for (const declaration of symbol?.declarations ?? []) {
        if (webApiMethods.test(declaration.path)) {
          const method = methodName(declaration.resolve(project))
          if (method !== null) methods.add(method)
        }
        if (symbol?.name === 'apiCall' && webApiClient.test(declaration.path)) {
          for (const name of namesGivenTo(project, identifier)) methods.add(name)
        }
        if (symbol !== undefined && boltApp.test(declaration.path) && callOf(identifier) !== null) {
          const names = namedRegistrations.has(symbol.name) ? namesGivenTo(project, identifier) : []
          registrations.set(symbol.name, new Set([...(registrations.get(symbol.name) ?? []), ...names]))
        }
      }
    }
  }
}

function identifiersIn(source: Node | undefined): Node[] {
  const identifiers: Node[] = []
  const visit = (node: Node): void => {
    if (isIdentifier(node)) identifiers.push(node)
    node.forEachChild(visit)
  }
  if (source !== undefined) visit(source)
  return identifiers
}

/** The property behind `const { postMessage } = web.chat`, whose identifier has a symbol of its own. */
function propertyTakenOut(project: Project, identifier: Node): TypeScriptSymbol | undefined {
  const element = identifier.parent
  if (!isIdentifier(identifier) || !isBindingElement(element) || element.propertyName !== undefined) return undefined
  const object = project.checker.getTypeAtLocation(element.parent)
  return object === undefined ? undefined : project.checker.getPropertyOfType(object, identifier.text)
}

/** `chat.postMessage` for the declaration of that property; null for a group of methods such as `chat`. */
function methodName(declaration: Node | undefined): string | null {
  const names: string[] = []
  for (let node = declaration; node !== undefined; node = node.parent) {
    if (!isPropertySignatureDeclaration(node) && !isPropertyDeclaration(node)) continue
    if (names.length === 0 && node.type !== undefined && isTypeLiteralNode(node.type)) return null
    if (isIdentifier(node.name)) names.unshift(node.name.text)
  }
  return names.length > 1 ? names.join('.') : null
}

/** The call whose callee ends in this identifier (`app.event(…)`), or null. */
function callOf(identifier: Node): Node | null {
  const { parent } = identifier
  const callee = isPropertyAccessExpression(parent) && parent.name === identifier ? parent : identifier
  return isCallExpression(callee.parent) && callee.parent.expression === callee ? callee.parent : null
}

/** Values of the first argument of that call, as the types tell them: one for a literal, several for a union. */
function namesGivenTo(project: Project, identifier: Node): readonly string[] {
  const call = callOf(identifier)
  const argument = call !== null && isCallExpression(call) ? call.arguments[0] : undefined
  if (argument === undefined) return []
  const type = project.checker.getTypeAtLocation(argument)
  const types = type?.isUnionType() ? (type.getTypes() ?? []) : [type]
  return types.map((each) => {
    if (each?.isStringLiteralType()) return each.value
    const { fileName } = argument.getSourceFile()
    throw new Error(
      `${fileName}: the first argument of a Slack call is not a literal, so its scopes cannot be told: ${argument.getText()}`,
    )
  })
}
