// The console's own files: which page could not be loaded, and loading the console anew.

import { shallowRef } from 'vue'

// Its address within the console; shown above the page that stays.
export const missingPage = shallowRef<string>()

export function reloadPage(): void {
  window.location.reload()
}
