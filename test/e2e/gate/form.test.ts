import { describe, expect, it } from 'vitest'
import { isMarked, smallPipeline, wordsOf } from '../fast-world.ts'
import { devId, plainGate, repository } from './gate-world.ts'
import { type People, people, picked, read } from './people.ts'

interface Field {
  readonly block_id?: string
  readonly element?: {
    readonly options?: readonly { readonly value: string; readonly text: { readonly text: string } }[]
    readonly initial_option?: { readonly value: string }
  }
}

/** The fields of the form that is open: which environments and strategies it offers, and what is chosen. */
function formOf(world: People) {
  const view = world.form(devId)
  const fields = JSON.parse(JSON.stringify(view.blocks)) as readonly Field[]
  const field = (name: string) => fields.find(({ block_id: id }) => id?.startsWith(name) === true)
  const strategy = field('strategy_')
  const environments = field('deploy_environment')?.element
  return {
    view: view.id,
    environmentOf: (name: string) => environments?.options?.find(({ text }) => text.text === name)?.value ?? '',
    chosen: environments?.options?.find(({ value }) => value === environments.initial_option?.value)?.text.text,
    strategyField: strategy?.block_id ?? '',
    strategies: strategy?.element?.options?.map(({ value }) => value),
    ref: field('deploy_ref')?.element?.initial_option?.value,
  }
}

async function choose(world: People, environment: string): Promise<void> {
  const { view, environmentOf } = formOf(world)
  const selected = { selected_option: { value: environmentOf(environment) } }
  const before = formOf(world).strategyField
  await world.slack.press({ user: devId, view, actionId: 'deploy_environment', selected })
  await world.slack.until(() => formOf(world).strategyField !== before, 'the other environment’s strategies')
}

async function open(world: People, text = ''): Promise<void> {
  await world.slack.command({
    user: devId,
    channel: world.slack.channel('#deploys').id,
    command: '/deploy',
    text,
  })
  await world.slack.until(() => world.slack.openView(devId) !== null, 'the form')
}

describe('bare /deploy', () => {
  it('opens a form; another environment brings its own strategies; submitted, it asks as the command would', async () => {
    const world = await people()
    await open(world)
    await choose(world, 'production')
    const form = formOf(world)
    expect(form.strategies).toEqual(['canary', 'blue-green'])
    const delivery = await world.submit(devId, {
      deploy_environment: picked(form.environmentOf('production')),
      [form.strategyField]: picked('blue-green'),
      deploy_ref: picked(world.sha),
      note: 'the rounding that finance asked for',
    })
    expect(delivery.body).toBeFalsy()
    expect((await world.releases())[0]).toMatchObject({
      environment: 'production',
      strategy: 'blue-green',
      sha: world.sha,
      note: 'the rounding that finance asked for',
    })
    expect(read(world.card())).toContain('the rounding that finance asked for')
    expect(world.told(devId).at(-1)?.text).toContain('Release of')
  })

  it('offers what fits to what is typed: first that itself, then green commits, branches and tags', async () => {
    const world = await people()
    world.github.addTag(repository, 'v1.4.2', world.sha)
    await open(world)
    const { view } = formOf(world)
    const suggest = async (typed: string) =>
      wordsOf({
        text: '',
        blocks: [(await world.slack.type({ user: devId, view, actionId: 'deploy_ref', typed })).body],
      } as never)
    expect(await suggest('')).toMatch(/main.*v1\.4\.2|v1\.4\.2.*main/)
    const found = await suggest('main~1')
    expect(found).toContain('main~1 (as typed)')
    expect(await suggest('v1.4')).toContain('"value":"v1.4.2"')
    expect(await suggest('fees')).toContain(`"value":"${world.sha.slice(0, 12)}"`)
  })

  it('offers what was typed when GitHub does not answer in time', async () => {
    const world = await people()
    await open(world)
    world.github.faults.failNext({ kind: 'hang', times: 20 })
    const { view } = formOf(world)
    const { body } = await world.slack.type({ user: devId, view, actionId: 'deploy_ref', typed: 'hotfix' })
    expect(JSON.stringify(body)).toContain('hotfix (as typed)')
  })

  it('says a mistake at its field and keeps the form open', async () => {
    const world = await people()
    await open(world)
    await choose(world, 'production')
    const form = formOf(world)
    const delivery = await world.submit(devId, {
      deploy_environment: picked('gone'),
      [form.strategyField]: picked('canary'),
    })
    expect(delivery.body).toEqual({
      response_action: 'errors',
      errors: { deploy_environment: 'Choose one of these environments.' },
    })
    expect(formOf(world).view).toBe(form.view)
    expect(await world.releases()).toEqual([])
  })
})

describe('the shortcut “Deploy this change”', () => {
  const shortcut = async (world: People, ts: string) => {
    const channel = world.slack.channel('#deploys').id
    await world.slack.shortcut({ user: devId, callbackId: 'deploy_commit', channel, ts })
  }
  /** The commit that the form is filled in with; closes it. */
  const offered = async (world: People) => {
    await world.slack.until(() => world.slack.openView(devId) !== null, 'the form')
    const { ref, view } = formOf(world)
    await world.slack.closeView({ user: devId, view })
    return ref
  }

  it('fills in the commit of a pipeline card, of an alert and of a gate card', async () => {
    const world = await people()
    const script = await world.run(smallPipeline({ outcomes: ['failure'] }))
    const top = world.slack.messages('#deploys')
    const pipeline = top.find((message) => isMarked(message, 'card'))
    const alert = top
      .flatMap(({ ts }) => world.slack.thread('#deploys', ts))
      .find((message) => isMarked(message, 'alert'))
    await shortcut(world, pipeline?.ts ?? '')
    const [ofPipeline] = [await offered(world)]
    expect([world.sha, script.sha]).toContain(ofPipeline)
    await shortcut(world, alert?.ts ?? '')
    expect(await offered(world)).toBe(script.sha)
    await world.ask(devId, `prod canary ${world.sha}`)
    await shortcut(world, world.card().ts)
    expect(await offered(world)).toBe(world.sha)
  })

  it('says of any other message that it is about no commit', async () => {
    const world = await people()
    const ts = world.slack.say({ user: devId, channel: world.slack.channel('#deploys').id, text: 'hello' })
    await shortcut(world, ts)
    await world.slack.until(() => world.told(devId).length > 0)
    expect(world.told(devId)[0]?.text).toContain('This message is about no commit')
    expect(world.slack.openView(devId)).toBeNull()
  })
})

describe('forms of an environment', () => {
  it('lock and freeze ask why and for how long, and are what the commands are', async () => {
    const world = await people({ gate: { ...plainGate, approvers: { people: [devId], count: 1 } } })
    const status = await world.ask(devId, 'status prod')
    await world.openForm(devId, status, 'environment_lock')
    expect((await world.submit(devId, { duration: picked('1h') })).body).toMatchObject({
      response_action: 'errors',
      errors: { reason: 'A reason is needed.' },
    })
    await world.submit(devId, { reason: 'moving the database', duration: picked('1h') })
    expect(world.told(devId).at(-1)?.text).toContain('production is locked until')
    await world.openForm(devId, status, 'environment_freeze')
    expect((await world.submit(devId, { reason: 'sale', duration: picked('none') })).body).toMatchObject({
      errors: { duration: 'A freeze needs an end: lock it otherwise.' },
    })
    await world.submit(devId, { reason: 'sale', duration: picked('4h') })
    const both = read(await world.ask(devId, 'status prod'))
    expect(both).toContain('moving the database')
    expect(both).toContain('sale')
    expect(both).toContain('environment_unfreeze')
    expect((await world.audit()).map(({ action }) => action)).toEqual(['lock', 'freeze'])
  })
})
