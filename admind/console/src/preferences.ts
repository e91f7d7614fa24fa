// How a visitor wants the page to look.

import { ref, watchEffect } from 'vue'

import { keep, recall } from './storage'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const STORE = 'mmx.theme'
const darkSystem = window.matchMedia('(prefers-color-scheme: dark)')

const systemIsDark = ref(darkSystem.matches)
darkSystem.addEventListener('change', (event) => {
  systemIsDark.value = event.matches
})

export const theme = ref<Theme>(themes.find((name) => name === recall(STORE)) ?? 'system')
export const isDark = ref(false)

watchEffect(() => {
  isDark.value = theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value)
  document.documentElement.classList.toggle('dark', isDark.value)
  document.documentElement.style.colorScheme = isDark.value ? 'dark' : 'light'
})

export function setTheme(choice: Theme): void {
  theme.value = choice
  keep(STORE, choice)
}
