// When the page was last touched. A refresh that nobody waits for is marked as such, so that a
// page left open does not keep its session alive for ever.

const HANDS_OFF_MS = 60_000
let touchedAt = Date.now()

export function watchActivity(): void {
  const touch = () => {
    touchedAt = Date.now()
  }
  for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
    window.addEventListener(event, touch, { passive: true, capture: true })
  }
}

export function isUntouched(now = Date.now()): boolean {
  return now - touchedAt > HANDS_OFF_MS
}
