// Something that somebody asks for, and waits for. It is `busy` while it runs, and never runs twice
// at once; `failure` is what went wrong, until it is tried again. An answer that comes after
// `drop`, or after the page has been left, is too late: neither its result nor its failure is
// passed on.

import { onScopeDispose, ref, shallowRef } from 'vue'
import type { Ref, ShallowRef } from 'vue'

export interface Steps<T> {
  check?: () => boolean | Promise<boolean> // whether all is there that it takes
  work: () => Promise<T>
  done?: (result: T) => void
  failed?: (failure: unknown) => void
}

export interface Task {
  busy: Ref<boolean>
  failure: ShallowRef<unknown>
  run: () => Promise<void>
  drop: () => void
  unlessBusy: (close: () => void) => void
}

export function useTask<T>({ check, work, done, failed }: Steps<T>): Task {
  const busy = ref(false)
  const failure = shallowRef<unknown>()
  let running: object | undefined

  async function run(): Promise<void> {
    if (running) return
    const own = (running = {})
    try {
      if (check && !(await check())) return
      if (own !== running) return
      busy.value = true
      failure.value = undefined
      const result = await work()
      if (own === running) done?.(result)
    } catch (error) {
      if (own !== running) return
      failure.value = error
      failed?.(error)
    } finally {
      if (own === running) end()
    }
  }

  function end(): void {
    running = undefined
    busy.value = false
  }

  function drop(): void {
    end()
    failure.value = undefined
  }

  // For what somebody would close: it stays until it can say what came of it.
  function unlessBusy(close: () => void): void {
    if (!busy.value) close()
  }

  onScopeDispose(drop)
  return { busy, failure, run, drop, unlessBusy }
}
