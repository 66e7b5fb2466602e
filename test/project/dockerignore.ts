import picomatch from 'picomatch'

/**
 * Says of a path relative to the build context whether `.dockerignore` keeps it out. The last pattern that matches
 * the path or one of its parents decides, as Docker does it.
 */
export function readDockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const isException = line.startsWith('!')
      const pattern = line.replace(/^!/, '').replace(/^\/|\/$/g, '')
      return { isException, matches: picomatch(pattern, { dot: true }) }
    })
  return (path) => {
    const parts = path.split('/')
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    let isIgnored = false
    for (const { isException, matches } of rules)
      if (prefixes.some((prefix) => matches(prefix))) isIgnored = !isException
    return isIgnored
  }
}
