import { describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { useTask, type Steps } from '@/composables/useTask'

const REFUSAL = new Error('refused')

// Work that answers when the test says so, one answer for each time that it was begun.
function heldWork() {
  const answers: { give: (text: string) => void; refuse: (failure: unknown) => void }[] = []
  const work = vi.fn(
    () => new Promise<string>((give, refuse) => void answers.push({ give, refuse })),
  )
  return { work, answers }
}

// The task as a component has it, with what its steps were told.
function taskOf(steps: Partial<Steps<string>> = {}) {
  const { work, answers } = heldWork()
  const done = vi.fn()
  const failed = vi.fn()
  const scope = effectScope()
  const task = scope.run(() => useTask({ work, done, failed, ...steps }))
  if (!task) throw new Error('the scope has ended')
  return { ...task, work, answers, done, failed, leave: () => scope.stop() }
}

describe('a task', () => {
  it('is busy while it runs, and passes its result on', async () => {
    const { busy, failure, run, answers, done, failed } = taskOf()
    expect(busy.value).toBe(false)
    const running = run()
    expect(busy.value).toBe(true)
    answers[0]?.give('made')
    await running
    expect(busy.value).toBe(false)
    expect(done.mock.calls).toEqual([['made']])
    expect(failure.value).toBeUndefined()
    expect(failed).not.toHaveBeenCalled()
  })

  it('does not run twice at once, and runs again afterwards', async () => {
    const { run, answers, work, done } = taskOf()
    const running = run()
    await run()
    expect(work).toHaveBeenCalledTimes(1)
    answers[0]?.give('first')
    await running
    const again = run()
    answers[1]?.give('second')
    await again
    expect(done.mock.calls).toEqual([['first'], ['second']])
  })

  it('keeps its failure until it is tried again', async () => {
    const { busy, failure, run, answers, done, failed } = taskOf()
    const running = run()
    answers[0]?.refuse(REFUSAL)
    await running
    expect(failure.value).toBe(REFUSAL)
    expect(failed.mock.calls).toEqual([[REFUSAL]])
    expect(busy.value).toBe(false)
    const again = run()
    expect(failure.value).toBeUndefined()
    answers[1]?.give('made')
    await again
    expect(done.mock.calls).toEqual([['made']])
    expect(failure.value).toBeUndefined()
  })

  it('begins only when all is there, and keeps the failure until then', async () => {
    let isGood = true
    const { busy, failure, run, answers, work } = taskOf({ check: () => isGood })
    const running = run()
    await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(1))
    answers[0]?.refuse(REFUSAL)
    await running
    isGood = false
    await run()
    expect(work).toHaveBeenCalledTimes(1)
    expect(failure.value).toBe(REFUSAL)
    expect(busy.value).toBe(false)
  })

  it('runs once however often it is asked for while it looks whether all is there', async () => {
    let say: (isGood: boolean) => void = () => undefined
    const check = vi.fn(() => new Promise<boolean>((answer) => (say = answer)))
    const { run, work, answers } = taskOf({ check })
    const running = run()
    await run()
    say(true)
    await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(1))
    answers[0]?.give('made')
    await running
    expect(check).toHaveBeenCalledTimes(1)
  })

  it('is not closed while it is busy', async () => {
    const { run, answers, unlessBusy } = taskOf()
    const close = vi.fn()
    const running = run()
    unlessBusy(close)
    expect(close).not.toHaveBeenCalled()
    answers[0]?.refuse(REFUSAL)
    await running
    unlessBusy(close)
    expect(close).toHaveBeenCalledTimes(1)
  })
})

describe('a task that was dropped', () => {
  it('is at rest, and without the failure of before', async () => {
    const { busy, failure, run, drop, answers } = taskOf()
    const running = run()
    answers[0]?.refuse(REFUSAL)
    await running
    drop()
    expect(failure.value).toBeUndefined()
    void run()
    drop()
    expect(busy.value).toBe(false)
  })

  it('does not begin when it turns out that all is there', async () => {
    let say: (isGood: boolean) => void = () => undefined
    const check = () => new Promise<boolean>((answer) => (say = answer))
    const { busy, run, drop, work } = taskOf({ check })
    const running = run()
    drop()
    say(true)
    await running
    expect(work).not.toHaveBeenCalled()
    expect(busy.value).toBe(false)
  })

  it.each(['give', 'refuse'] as const)('ignores a late answer: %s', async (way) => {
    const { busy, failure, run, drop, answers, done, failed } = taskOf()
    const late = run()
    drop()
    const next = run()
    answers[0]?.[way]('late')
    await late
    expect(busy.value).toBe(true)
    expect(failure.value).toBeUndefined()
    answers[1]?.give('in time')
    await next
    expect(done.mock.calls).toEqual([['in time']])
    expect(failed).not.toHaveBeenCalled()
  })

  it.each(['give', 'refuse'] as const)('as its page was left ignores it too: %s', async (way) => {
    const { busy, failure, run, leave, answers, done, failed } = taskOf()
    const late = run()
    leave()
    answers[0]?.[way]('late')
    await late
    expect(busy.value).toBe(false)
    expect(failure.value).toBeUndefined()
    expect(done).not.toHaveBeenCalled()
    expect(failed).not.toHaveBeenCalled()
  })
})
