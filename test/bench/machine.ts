import { cpus, release, totalmem } from 'node:os'
import type { Machine } from './benchmark.ts'

/** What the figures are measured on. Nothing that names the machine or says where its files are. */
export function describeMachine(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() || 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  }
}
