import { request, type Loading } from './client'
import type { components } from './schema'

export type Settings =
  components['responses']['Settings']['content']['application/json']['settings']
export type SettingsChange = Partial<
  Pick<
    Settings,
    'timezone' | 'default_day' | 'default_month' | 'retention_days' | 'language' | 'contact'
  >
>

export async function getSettings(loading: Loading): Promise<Settings> {
  return (await request<{ settings: Settings }>('GET', '/settings', loading)).settings
}

export async function changeSettings(change: SettingsChange): Promise<Settings> {
  const options = { body: change }
  return (await request<{ settings: Settings }>('PATCH', '/settings', options)).settings
}
