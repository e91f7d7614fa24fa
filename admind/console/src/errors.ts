// Failures as sentences for people, in the language shown. The daemon speaks English: only on an
// English page are its own words, which may say more, put beside ours.

import { ApiError } from '@/api/client'

import { isText, language, t } from './i18n'

const TELLING = ['invalid_json', 'invalid_argument', 'conflict', 'not_configured', 'redis_refused']

export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('errors.unexpected')
  const text = textOf(error)
  const isMore = TELLING.includes(error.code) || !isText(`errors.${error.code}`)
  return isMore && language.value === 'en' ? `${text}: ${error.message}` : text
}

function textOf({ code, field, retryAfter }: ApiError): string {
  if (code === 'invalid_argument' && field) return fieldText(field)
  if (code === 'conflict' && field === 'name') return t('errors.name_taken')
  const key = `errors.${code}`
  return isText(key) ? t(key, { seconds: retryAfter ?? 1 }) : t('errors.refused', { code })
}

// What a field has to be, or at least which one it is.
function fieldText(field: string): string {
  const rule = `errors.rules.${field}`
  if (isText(rule)) return t(rule)
  const name = `errors.fields.${field}`
  return isText(name) ? t('errors.invalid_field', { field: t(name) }) : t('errors.invalid_argument')
}
