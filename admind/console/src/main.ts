import './styles/base.css'

import { createApp } from 'vue'

import { watchActivity } from './api/activity'
import { whenSessionEnds } from './api/client'
import App from './App.vue'
import { firstLanguage, i18n, showLanguage } from './i18n'
import { reloadPage } from './pageFiles'
import { leaveToLogin, router } from './router'
import { endSession, session } from './session'

watchActivity()
whenSessionEnds((isBackground) => {
  if (session.value) endSession(isBackground)
  else void leaveToLogin()
})

showLanguage(firstLanguage()).then(
  () => createApp(App).use(i18n).use(router).mount('#app'),
  sayWithoutTexts,
)

// The texts themselves could not be loaded: this is all there is to say, in both languages.
function sayWithoutTexts(): void {
  const button = document.createElement('button')
  button.textContent = '页面没有加载成功，请刷新 · The page was not loaded: reload it'
  button.addEventListener('click', reloadPage)
  document.querySelector('#app')?.replaceChildren(button)
}
