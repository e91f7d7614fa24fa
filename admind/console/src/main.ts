import './styles/base.css'

import { createApp } from 'vue'

import { watchActivity } from './api/activity'
import { whenSessionEnds } from './api/client'
import App from './App.vue'
import { i18n, rememberedLanguage, setLanguage } from './i18n'
import { leaveToLogin, router } from './router'
import { forgetSession } from './session'

watchActivity()
whenSessionEnds(() => {
  forgetSession()
  void leaveToLogin()
})

void setLanguage(rememberedLanguage()).then(() =>
  createApp(App).use(i18n).use(router).mount('#app'),
)
