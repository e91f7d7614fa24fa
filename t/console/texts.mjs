// What the pages must say, in both languages: written down apart from the console's own texts, so
// that a text lost there is missed here.
export const texts = {
  zh: {
    login: {
      title: "请输入账号信息登录", name: "账号", password: "密码", submit: "登录",
      wrong: "账号或密码错误",
    },
    status: { active: "已启用", disabled: "已禁用", expired: "已过期", exhausted: "已耗尽" },
    unlimited: "不限",
    zone: "UTC+8",
    retry: "重试",
    cancel: "取消",
    overview: {
      title: "总览", trend: "最近 30 天请求量", busiest: "今日最忙的 API Key",
      no_master: "主 API Key 未设置或无法使用", advice: "处理方法",
      no_append: "Redis 未启用追加文件，崩溃时会丢失计数",
      evicts: "Redis 内存不足时会淘汰数据，API Key 和计数可能丢失",
    },
    master: {
      title: "主 API Key",
      lead: "配置你的 MiniMax 主 API Key，所有用户请求都会使用这个 Key 进行代理",
      not_set: "尚未设置", input: "MiniMax API Key", password: "您的登录密码", save: "保存",
      test_stored: "测试当前 Key", test_typed: "测试新 Key", ok: "MiniMax 接受了这个 Key",
      refused: "MiniMax 拒绝了这个 Key", saved: "主 API Key 已保存",
    },
    docs: {
      title: "使用 MiniMax API 只需三步", step: "第 1 步", errors: "错误说明", limits: "额度说明",
    },
    lookup: {
      title: "用量查询", input: "API Key", submit: "查询", today: "今日", month: "本月",
      unknown: "API Key 无效", malformed: "API Key 格式不正确", resets: "明日 00:00（UTC+8）",
      csv: "导出 CSV", columns: "日期,请求,退还,拒绝,失败",
    },
    settings: {
      title: "设置", day: "每日请求上限", save: "保存更改", undo: "撤销", saved: "设置已保存",
      zone: "时区", confirm: "更换时区", wrong: "请输入不小于 0 的整数",
      viewer: "您是只读用户，不能修改设置。",
    },
    accounts: {
      title: "账号", users: "用户", sessions: "会话", tokens: "API 令牌", password: "修改密码",
      add: "新建用户", name: "用户名", new_password: "初始密码", own: "当前账号密码",
      admin: "管理员", viewer: "只读", change_role: "更改角色", save: "保存", remove: "删除",
      new_token: "新建令牌", token_name: "名称", made: "令牌已创建", done: "完成",
      revoke: "吊销", current: "当前会话", end: "结束",
      current_password: "当前密码", next_password: "新密码", repeat: "再次输入新密码",
      changed: "密码已修改", short: "密码至少需要 12 个字符", different: "两次输入的新密码不一致",
    },
    audit: {
      title: "审计", verify: "校验哈希链", verified: "哈希链完整", detail: "显示详情",
      object: "对象", apply: "筛选", created: "生成了 API Key", settings: "修改了设置",
      none: "没有符合条件的记录", more: "加载更多",
    },
    nav: {
      overview: "总览", keys: "API Key", master: "主 API Key", docs: "接入文档", lookup: "用量查询",
      settings: "设置", accounts: "账号", audit: "审计",
    },
    unreachable: "无法连接管理服务",
    no_redis: "无法连接 Redis",
  },
  en: {
    login: {
      title: "Please log in with your account", name: "Account", password: "Password", submit: "Log in",
      wrong: "Wrong account or password",
    },
    status: { active: "Enabled", disabled: "Disabled", expired: "Expired", exhausted: "Used up" },
    unlimited: "unlimited",
    zone: "UTC+8",
    retry: "Try again",
    cancel: "Cancel",
    overview: {
      title: "Overview", trend: "Requests of the last 30 days", busiest: "Busiest API keys today",
      no_master: "There is no usable master key", advice: "What to do",
      no_append: "The append-only file of Redis is off: a crash forgets counts",
      evicts: "Redis may drop keys and counts when memory is short",
    },
    master: {
      title: "Master key",
      lead: "Set your MiniMax API key. All requests of all users are sent on with it.",
      not_set: "Not set", input: "MiniMax API key", password: "Your password", save: "Save",
      test_stored: "Test the current key", test_typed: "Test the new key",
      ok: "MiniMax took the key", refused: "MiniMax refused the key",
      saved: "The master key is saved",
    },
    docs: {
      title: "Use the MiniMax API in three steps", step: "Step 1", errors: "Errors",
      limits: "Limits",
    },
    lookup: {
      title: "Usage", input: "API key", submit: "Look up", today: "Today", month: "This month",
      unknown: "This API key is not valid", malformed: "The key is malformed",
      resets: "tomorrow 00:00 (UTC+8)", csv: "Export CSV",
      columns: "Date,Requests,Given back,Refused,Failed",
    },
    settings: {
      title: "Settings", day: "Requests a day", save: "Save changes", undo: "Undo",
      saved: "The settings are saved", zone: "Time zone", confirm: "Change the zone",
      wrong: "Enter a whole number, 0 or more",
      viewer: "You may read the settings, not change them.",
    },
    accounts: {
      title: "Accounts", users: "Users", sessions: "Sessions", tokens: "API tokens",
      password: "Change password", add: "Add user", name: "Name",
      new_password: "Password to begin with", own: "Your password", admin: "Admin",
      viewer: "Viewer", change_role: "Role", save: "Save", remove: "Delete",
      new_token: "New token", token_name: "Name", made: "The token was made", done: "Done",
      revoke: "Revoke", current: "This session", end: "End",
      current_password: "Current password", next_password: "New password",
      repeat: "New password again", changed: "The password was changed",
      short: "At least 12 characters", different: "The new passwords differ",
    },
    audit: {
      title: "Audit", verify: "Verify the chain", verified: "The chain holds",
      detail: "Show detail", object: "Object", apply: "Filter", created: "created API key",
      settings: "changed the settings", none: "No entry fits the filter", more: "Load more",
    },
    nav: {
      overview: "Overview", keys: "API Keys", master: "Master key", docs: "Getting started",
      lookup: "Usage look-up", settings: "Settings", accounts: "Accounts", audit: "Audit",
    },
    unreachable: "The admin service is not reached",
    no_redis: "Redis is not reached",
  },
};
