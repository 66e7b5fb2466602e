import { generateKeyPairSync } from 'node:crypto'

/** A key for an App, made for this run of the tests. */
export const appKey: string = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey
