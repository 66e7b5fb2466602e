/** The layering of docs/architecture.md: dependencies point inward, and the core is pure. */
const core = '^src/(pipeline|release|grammar|analysis|policy|dora|cards)/'

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-imports-only-core',
      comment: 'The core takes everything as arguments: no I/O, no clock, no engine, no provider.',
      severity: 'error',
      from: { path: core },
      to: {
        pathNot: [
          core,
          '^node_modules/(zod|picomatch|@slack/types|fastest-levenshtein|cron-parser)/',
          '^node:crypto$',
          '^crypto$',
        ],
      },
    },
    {
      name: 'core-has-no-node-io',
      severity: 'error',
      from: { path: core },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'engine-knows-no-edge',
      severity: 'error',
      from: { path: '^src/(engine|store)/' },
      to: { path: '^(src/(providers|web|cli|main)|handlers|commands|sandbox)' },
    },
    {
      name: 'providers-know-no-edge',
      severity: 'error',
      from: { path: '^src/providers/' },
      to: { path: '^(src/(web|cli|store|main)|handlers|commands|sandbox)' },
    },
    {
      name: 'edges-do-not-touch-sql',
      comment: 'A handler or a command has no SQL and no business rule.',
      severity: 'error',
      from: { path: '^(handlers|commands)/' },
      to: { path: '^node_modules/(kysely|better-sqlite3)|^src/(providers|main)' },
    },
    {
      name: 'sqlite-stays-in-the-store',
      severity: 'error',
      from: { path: '^(src|handlers|commands)/', pathNot: '^src/store/' },
      to: { path: '^node_modules/(kysely|better-sqlite3)/' },
    },
    {
      name: 'production-knows-no-sandbox',
      severity: 'error',
      from: { path: '^(src|handlers|commands)/' },
      to: { path: '^(sandbox|test)/' },
    },
    {
      name: 'no-development-dependency-in-production',
      severity: 'error',
      from: { path: '^(src|handlers|commands)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
