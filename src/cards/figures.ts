/** Numbers for people: as many digits as say something, and never a word that only a computer would say. */
import { grouped } from './counted.ts'

/** What stands where a number is none. */
const unknown = 'unknown'
/** From here on a number is a fault and no figure; JavaScript would write it with an exponent. */
const greatest = 1e15

function isFigure(value: number): boolean {
  return value >= 0 && value < greatest
}

/** A share of requests as percent: `0.31 %`, `1.2 %`, `12.3 %`; only all of them are `100 %`, and only none are `0 %`. */
export function percentOf(share: number): string {
  if (!isFigure(share)) return unknown
  const percent = share * 100
  if (percent > 0 && percent < 0.0001) return '<0.0001 %'
  if (percent >= 99.95 && percent < 100) return '>99.9 %'
  return `${significant(percent, percent >= 10 ? 3 : 2)} %`
}

/** How many times: `0.31`, `3.1`, `12`, `1,200`. */
export function timesOf(times: number): string {
  if (!isFigure(times)) return unknown
  if (times > 0 && times < 0.01) return '<0.01'
  return times >= 10_000 ? '>9,999' : significant(times, 2)
}

/** Seconds as people say latencies: `8.4 ms`, `210 ms`, `1.25 s`. */
export function latencyOf(seconds: number): string {
  if (!isFigure(seconds)) return unknown
  const ms = seconds * 1000
  if (ms > 0 && ms < 0.1) return '<0.1 ms'
  return ms < 999.5 ? `${significant(ms, ms >= 100 ? 3 : 2)} ms` : `${significant(seconds, 3)} s`
}

/** A number that somebody has set, as it was set: `2`, `1.5`. */
export function settingOf(value: number): string {
  return isFigure(value) ? String(Number(value.toFixed(4))) : unknown
}

/** A count, whole: counters that were read between two scrapes may be off by a part. */
export function countOf(count: number): string {
  return isFigure(count) ? grouped(Math.round(count)) : unknown
}

/** `1 minute`, `12 minutes`. */
export function amountOf(count: number, one: string): string {
  return `${countOf(count)} ${count === 1 ? one : `${one}s`}`
}

/**
 * How far evidence is: `0.4 of 83`, `61 of 50`. Cut and not rounded, with as many digits as it takes for the figures to
 * stand to each other as the numbers do: what is not enough never looks like enough.
 */
export function evidenceFigures(value: number, needed: number): string {
  if (!(value >= 0) || !isFigure(needed)) return unknown
  const isEnough = value >= needed
  for (let digits = 0; digits <= 3; digits += 1) {
    const [cutValue, cutNeeded] = [cut(value, digits), cut(needed, digits)]
    if (cutValue >= cutNeeded === isEnough)
      return `${evidenceFigure(value, digits)} of ${evidenceFigure(needed, digits)}`
  }
  return `nearly ${evidenceFigure(needed, 0)} of ${evidenceFigure(needed, 0)}`
}

function evidenceFigure(value: number, digits: number): string {
  if (value >= 100_000) return '>99,999'
  const decimals = value < 10 ? Math.max(1, digits) : digits
  const [whole = '0', part] = cut(value, decimals).toFixed(decimals).split('.')
  return part === undefined ? grouped(Number(whole)) : `${grouped(Number(whole))}.${part}`
}

function cut(value: number, digits: number): number {
  return Math.floor(value * 10 ** digits) / 10 ** digits
}

/** With so many significant digits, without an exponent; whole numbers keep all of theirs. */
function significant(value: number, digits: number): string {
  if (value === 0) return '0'
  const exponent = Math.floor(Math.log10(Math.abs(value)))
  const decimals = Math.min(6, Math.max(0, digits - 1 - exponent))
  return decimals === 0 ? grouped(Math.round(value)) : value.toFixed(decimals)
}
