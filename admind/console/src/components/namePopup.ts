// Element Plus' date pickers open as dialogs without a name; a screen reader wants one.

import { nextTick } from 'vue'

export async function namePopup(className: string, name: string): Promise<void> {
  await nextTick()
  document.querySelector(`.${className}`)?.setAttribute('aria-label', name)
}
