// The pages in the order of the navigation; `open` ones are for everybody.

import {
  Coin,
  DataAnalysis,
  Document,
  Key,
  List,
  Search,
  Setting,
  User,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'

export interface NavigationItem {
  name: string // of the route; its text is `nav.<name>`
  icon: Component
  open?: boolean
}

export const navigation: NavigationItem[] = [
  { name: 'overview', icon: DataAnalysis },
  { name: 'keys', icon: Key },
  { name: 'master', icon: Coin },
  { name: 'docs', icon: Document, open: true },
  { name: 'lookup', icon: Search, open: true },
  { name: 'settings', icon: Setting },
  { name: 'accounts', icon: User },
  { name: 'audit', icon: List },
]
