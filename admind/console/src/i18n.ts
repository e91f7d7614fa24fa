// Each locale's texts come as one file, loaded when first shown; en has the same keys
// as zh, as its type demands.

import type { Language as ElementLanguage } from 'element-plus/es/locale'
import elementEnglish from 'element-plus/es/locale/lang/en' // which is its own default
import { computed, shallowRef } from 'vue'
import { createI18n } from 'vue-i18n'

import { keep, recall } from './storage'

export const languages = ['zh', 'en'] as const
export type Language = (typeof languages)[number]

const STORE = 'mmx.language'

export const i18n = createI18n<false>({
  legacy: false,
  locale: 'zh',
  fallbackLocale: false,
  messages: {},
})

const elementLocale = shallowRef<ElementLanguage>()
export const elementTexts = computed(() => elementLocale.value)
export const language = computed(() => i18n.global.locale.value as Language)

const sources = {
  zh: async () => {
    const [texts, element] = await Promise.all([
      import('./locales/zh/index'),
      import('element-plus/es/locale/lang/zh-cn'),
    ])
    return { texts: texts.default, element: element.default }
  },
  en: async () => {
    const texts = await import('./locales/en/index')
    return { texts: texts.default, element: elementEnglish }
  },
}

// Without making it the visitor's choice.
export async function showLanguage(choice: Language): Promise<void> {
  const { texts, element } = await sources[choice]()
  i18n.global.setLocaleMessage(choice, texts)
  i18n.global.locale.value = choice
  elementLocale.value = element
  document.documentElement.lang = choice === 'zh' ? 'zh-CN' : 'en'
}

export async function chooseLanguage(choice: Language): Promise<void> {
  await showLanguage(choice)
  keep(STORE, choice)
}

// What was chosen in this browser, or else what the browser itself asks for.
export function firstLanguage(chosen = recall(STORE), browser = navigator.language): Language {
  return languages.find((name) => name === chosen) ?? (/^zh\b/i.test(browser) ? 'zh' : 'en')
}

// For texts outside of components.
export const t = (key: string, named: Record<string, unknown> = {}): string =>
  i18n.global.t(key, named)

export const isText = (key: string): boolean => i18n.global.te(key)
