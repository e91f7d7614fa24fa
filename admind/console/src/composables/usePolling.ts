// Calls `refresh` each `interval_ms` while the page is looked at; at once when a page that was
// hidden for longer is shown again. The next call is timed from the end of the one before, so that
// a slow daemon is never asked twice at once.

import { onBeforeUnmount, onMounted } from 'vue'

export function usePolling(refresh: () => Promise<void>, interval_ms = 10_000): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastAt = 0
  let left = false

  function schedule(wait_ms: number): void {
    clearTimeout(timer)
    if (left || document.hidden) return
    timer = setTimeout(() => void tick(), wait_ms)
  }

  async function tick(): Promise<void> {
    await refresh()
    lastAt = Date.now()
    schedule(interval_ms)
  }

  function onVisibility(): void {
    schedule(Math.max(0, lastAt + interval_ms - Date.now()))
  }

  onMounted(() => {
    lastAt = Date.now()
    document.addEventListener('visibilitychange', onVisibility)
    schedule(interval_ms)
  })
  onBeforeUnmount(() => {
    left = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisibility)
  })
}
