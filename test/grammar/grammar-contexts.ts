import type { GrammarContext } from '../../src/grammar/deploy-command.ts'

const omnihub: GrammarContext['repositories'][number] = {
  repo: 'acme/omnihub',
  environments: [
    { name: 'dev', aliases: ['development'], strategies: ['direct'] },
    { name: 'staging', aliases: ['stage', 'stg'], strategies: ['direct', 'canary'] },
    { name: 'production', aliases: ['prod', 'live'], strategies: ['canary', 'blue-green'] },
  ],
}

const docs: GrammarContext['repositories'][number] = {
  repo: 'acme/omnihub-docs',
  environments: [{ name: 'production', aliases: ['prod'], strategies: ['direct'] }],
}

const gateway: GrammarContext['repositories'][number] = {
  repo: 'acme/gateway',
  environments: [
    { name: 'prod', aliases: [], strategies: ['canary'] },
    { name: 'Prod EU', aliases: ['eu'], strategies: ['canary'] },
    { name: 'canary', aliases: [], strategies: ['direct', 'canary'] },
    { name: 'sandbox', aliases: [], strategies: ['direct'] },
  ],
}

/** Another owner's repository of the same name. */
const otherGateway = { repo: 'globex/gateway', environments: docs.environments }

const webUrl = 'https://github.com'

/** The channel of one repository among several. */
export const ofOmnihub: GrammarContext = {
  repositories: [omnihub, docs, gateway, otherGateway],
  ofChannel: ['acme/omnihub'],
  webUrl,
}

/** A channel that belongs to no repository. */
export const ofNone: GrammarContext = { ...ofOmnihub, ofChannel: [] }

export const ofGateway: GrammarContext = { ...ofOmnihub, ofChannel: ['acme/gateway'] }

export const ofTwo: GrammarContext = { ...ofOmnihub, ofChannel: ['acme/omnihub', 'acme/omnihub-docs'] }

export const ofEnterprise: GrammarContext = {
  repositories: [omnihub],
  ofChannel: ['acme/omnihub'],
  webUrl: 'https://ghe.acme.example:8443',
}

export const contexts: readonly GrammarContext[] = [ofOmnihub, ofNone, ofGateway, ofTwo, ofEnterprise]
