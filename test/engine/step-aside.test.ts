import { describe, expect, it } from 'vitest'
import { createStepAside, longestAsideMs } from '../../src/engine/step-aside.ts'
import { fakeClock, flush } from './fake-clock.ts'

function start() {
  const clock = fakeClock(1_000_000)
  const stepAside = createStepAside(clock)
  const arrive = (count: number) => {
    for (let n = 0; n < count; n += 1) stepAside.noteArrival()
  }
  /** Asks for a turn; says later whether it has come. */
  const ask = () => {
    const asked = { hasTurn: false }
    void stepAside.turn().then(() => {
      asked.hasTurn = true
    })
    return asked
  }
  /** Deliveries pour in for so many ms. */
  const pour = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 5) {
      arrive(2)
      await clock.advance(5, flush)
    }
  }
  return { clock, stepAside, arrive, ask, pour }
}

describe('handling steps aside', () => {
  it('for nobody when nothing comes, or a few at once', async () => {
    const { arrive, ask } = start()
    const first = ask()
    await flush()
    expect(first.hasTurn).toBe(true)
    arrive(15)
    const second = ask()
    await flush()
    expect(second.hasTurn).toBe(true)
  })

  it('not for many that come slowly', async () => {
    const { clock, arrive, ask } = start()
    for (let n = 0; n < 100; n += 1) {
      arrive(1)
      await clock.advance(10, flush)
    }
    const asked = ask()
    await flush()
    expect(asked.hasTurn).toBe(true)
  })

  it('while deliveries pour in, and goes on a moment after they have ceased', async () => {
    const { clock, ask, pour } = start()
    await pour(50)
    const asked = ask()
    await pour(500)
    expect(asked.hasTurn).toBe(false)
    await clock.advance(120, flush)
    expect(asked.hasTurn).toBe(true)
  })

  it('for two seconds at most, however many come, and takes turns with them after that', async () => {
    const { ask, pour } = start()
    await pour(50)
    const first = ask()
    await pour(longestAsideMs - 100)
    expect(first.hasTurn).toBe(false)
    await pour(150)
    expect(first.hasTurn).toBe(true)
    for (let slice = 0; slice < 20; slice += 1) {
      const next = ask()
      await pour(10)
      expect(next.hasTurn).toBe(true)
    }
  })

  it('for two seconds anew when they had ceased in between', async () => {
    const { clock, ask, pour } = start()
    await pour(50)
    ask()
    await pour(longestAsideMs + 50)
    await clock.advance(200, flush)
    const quiet = ask()
    await flush()
    expect(quiet.hasTurn).toBe(true)
    await pour(50)
    const asked = ask()
    await pour(1000)
    expect(asked.hasTurn).toBe(false)
  })

  it.each([
    ['back', -3600_000],
    ['forward', 3600_000],
  ])('no longer when the clock is set %s', async (_name, byMs) => {
    const { clock, ask, pour } = start()
    await pour(50)
    const asked = ask()
    clock.set(byMs)
    await clock.advance(20, flush)
    expect(asked.hasTurn).toBe(true)
  })

  it('no more once it is stopped', async () => {
    const { stepAside, ask, pour } = start()
    await pour(50)
    const asked = ask()
    await flush()
    expect(asked.hasTurn).toBe(false)
    stepAside.stop()
    const later = ask()
    await flush()
    expect([asked.hasTurn, later.hasTurn]).toEqual([true, true])
  })
})
