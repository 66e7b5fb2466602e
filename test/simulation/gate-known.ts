/** Histories that once ended badly, the shortest that showed it; they are played before those that are made up. */
import type { Act, Happening } from './gate-acts.ts'

const [rita, ada, bob, olaf] = [0, 1, 2, 5]
/** What was begun has ended by then, however slow the services are. */
const soon = 40_000
const quarterHour = 15 * 60_000

function happens(what: Happening, thenMs = soon): Act {
  return { what, thenMs }
}

function asks(commit: number | null, human = rita): Act {
  return happens({ act: 'ask', human, commit, isDirect: false })
}

function presses(human: number, type: Extract<Happening, { act: 'press' }>['type'] = 'approve', thenMs = soon): Act {
  return happens({ act: 'press', human, type, which: 0, card: 1 }, thenMs)
}

function onEnvironment(
  type: Extract<Happening, { act: 'environment' }>['type'],
  human = ada,
  more: { readonly takesOver?: boolean; readonly which?: number } = {},
): Act {
  return happens({ act: 'environment', type, environment: 0, takesOver: false, which: 0, human, ...more })
}

const newPolicy = happens({ act: 'policy' })
const clock = (minutes: number) => happens({ act: 'clock', minutes })
const ends = (conclusion: 'success' | 'failure', told: 'once' | 'never' = 'once') =>
  happens({ act: 'end', which: 0, conclusion, built: 'it', told })

export const knownHistories: Readonly<Record<string, readonly Act[]>> = {
  'a card of a superseded release was drawn before its successor had one': [newPolicy, asks(null), asks(0)],
  'a run was not followed any more after the clock was set back': [
    asks(0),
    presses(ada),
    clock(-600),
    ends('success', 'never'),
  ],
  'nor after GitHub had been away for half an hour': [
    asks(0),
    presses(ada),
    happens({ act: 'down', service: 'github' }, 2 * quarterHour),
    happens({ act: 'down', service: 'github' }),
    ends('success', 'never'),
  ],
  'a card said frozen after the freeze was over': [
    onEnvironment('freeze'),
    asks(0),
    happens({ act: 'commit' }, quarterHour + soon),
  ],
  'a card said that a review was owed after it was signed off': [
    asks(0),
    presses(olaf, 'break_glass'),
    ends('failure'),
    onEnvironment('sign_off'),
  ],
  'somebody signed off their own breaking of the glass while another review was owed': [
    happens({ act: 'role', human: bob, group: 2 }),
    asks(0),
    presses(olaf, 'break_glass'),
    ends('failure'),
    asks(1),
    presses(bob, 'break_glass'),
    ends('failure'),
    onEnvironment('sign_off', bob, { which: 1 }),
  ],
  'a freeze was not in force while the clock was behind its beginning': [
    onEnvironment('freeze'),
    asks(0),
    clock(-1),
    presses(ada),
  ],
  'a lock counted as over for a release that was older than the clock': [
    asks(0),
    clock(-600),
    onEnvironment('lock', ada, { takesOver: true }),
    presses(ada),
  ],
  'a card showed the approvers of a configuration that was gone': [
    asks(0),
    happens({ act: 'down', service: 'github' }),
    newPolicy,
  ],
  'somebody who pushed approved by an account that only their address tells': [
    happens({ act: 'wait', commit: 0, told: 'once', human: rita }),
    presses(rita),
    presses(rita),
  ],
  'a plan that could not be read was asked for only twice': [
    asks(0),
    happens({ act: 'sick', service: 'github', fates: [...Array(6).fill('well'), ...Array(30).fill('unsent')] }, 0),
    presses(ada, 'approve', quarterHour),
  ],
}
