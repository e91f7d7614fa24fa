// Something loaded from the daemon, with the states a page has to show. `reload` shows that it
// loads when there is nothing yet; `refresh` is for timers: it keeps what is shown, whatever
// happens, and only `stale` tells that it failed. A newer call ends the one before it, and leaving
// the page ends all.

import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { isAbort } from '@/api/client'

export interface Async<T> {
  data: ShallowRef<T | undefined>
  error: ShallowRef<unknown>
  loading: Ref<boolean>
  stale: Ref<boolean>
  reload: () => Promise<void>
  refresh: () => Promise<void>
}

export interface LoadOptions {
  signal: AbortSignal
  background: boolean
}

export function useAsync<T>(load: (options: LoadOptions) => Promise<T>): Async<T> {
  const data = shallowRef<T>()
  const error = shallowRef<unknown>()
  const loading = ref(false)
  const stale = ref(false)
  let running: AbortController | undefined

  async function run(background: boolean): Promise<void> {
    // A timer never cuts off what somebody waits for.
    if (background && loading.value) return
    running?.abort()
    const own = (running = new AbortController())
    if (!background) loading.value = true
    try {
      const answer = await load({ signal: own.signal, background })
      if (own !== running) return
      data.value = answer
      error.value = undefined
      stale.value = false
    } catch (failure) {
      if (own !== running || isAbort(failure)) return
      if (background && data.value !== undefined) stale.value = true
      else error.value = failure
    } finally {
      if (own === running) loading.value = false
    }
  }

  onScopeDispose(() => {
    const last = running
    running = undefined
    last?.abort()
  })

  return {
    data,
    error,
    loading,
    stale,
    reload: () => run(false),
    refresh: () => run(true),
  }
}
