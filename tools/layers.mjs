/**
 * Runs dependency-cruiser with TypeScript 6: it reads sources through TypeScript's JavaScript API, which version 7
 * no longer has. Used as `node --import ./tools/layers.mjs`.
 */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, 'typescript-6'), context),
})
