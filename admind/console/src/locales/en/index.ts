import accounts from './accounts'
import audit from './audit'
import common from './common'
import docs from './docs'
import errors from './errors'
import key from './key'
import keys from './keys'
import login from './login'
import lookup from './lookup'
import master from './master'
import nav from './nav'
import overview from './overview'
import settings from './settings'

export default {
  accounts,
  audit,
  common,
  docs,
  errors,
  key,
  keys,
  login,
  lookup,
  master,
  nav,
  overview,
  settings,
}
