import type zh from '../zh/index'
import type { Texts } from '../texts'
import common from './common'
import errors from './errors'
import login from './login'
import nav from './nav'

export default { common, errors, login, nav } satisfies Texts<typeof zh>
