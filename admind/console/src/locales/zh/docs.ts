export default {
  title: '使用 MiniMax API 只需三步',
  lead: '用网关的 API Key 调用 MiniMax。OpenAI、Anthropic 官方 SDK 同样可用：只需更换接口地址和 API Key。',
  contents: '本页目录',
  system: '你是一个乐于助人的助手。',
  question: '你好，请介绍一下你自己。',
  greeting: '你好！我是 MiniMax-M2.7，很高兴为你服务。',
  api_key_comment: '换成您的 API Key',
  step: '第 {number} 步',
  endpoint: {
    title: '接口地址',
    text: '向本网关的这个地址发送请求：',
    https: '注意：所有请求都需要通过 HTTPS 发送',
  },
  header: {
    title: '请求头',
    text: '在请求头中添加您的 API Key',
    either: '两种写法任选其一。API Key 以 mmx- 开头，由网关管理员发给您。',
    note: '请勿把 API Key 写进网址、前端页面或代码仓库。没有 API Key？请联系网关管理员。',
  },
  request: {
    title: '完整请求',
    text: '请求体为 JSON：模型、系统消息、用户消息，以及采样温度和最多生成的 Token 数。',
  },
  answer: {
    title: '返回示例',
    text: '返回内容由 MiniMax 产生，网关不作改动（此处省略了部分字段）。',
    thinking:
      '推理模型会先输出思考过程，默认放在 content 的 think 标签里；在请求中加上 "reasoning_split": true 可将其分开。',
  },
  example: {
    title: '代码示例',
    text: '复制后把 API Key 换成您自己的即可运行。',
  },
  sdk: {
    title: '更多模型与 SDK',
    models: '更新的模型（如 MiniMax-M3）用法相同：把 model 换成它的名称即可。',
    text: '使用 SDK 时，把 Base URL 换成本网关的地址，把 API Key 换成您自己的：',
    openai: 'OpenAI 兼容',
    anthropic: 'Anthropic 兼容',
    other:
      'MiniMax 的其他接口同样可用：语音和向量均已开放，文件、音色、图像、视频、音乐由网关管理员决定是否开放。把官方地址的域名换成下面的地址，路径不变。',
    other_label: '其他接口',
    choose: '选择您使用的 SDK',
    install: '安装',
    run: '代码',
    claude_code:
      'Claude Code 使用 Anthropic 兼容接口。如已登录其他账号，请先退出；也可以把这些变量写入 ~/.claude/settings.json 的 env 字段。',
  },
  stream: {
    title: '流式输出',
    text: '把 stream 设为 true，即可边生成边接收。加上 include_usage 后，最后一个数据块会带上 Token 用量。',
  },
  limits: {
    title: '限额说明',
    own: '每个 API Key 都有独立的调用限额',
    lookup_text: '请在控制台查看您的使用量和限额，或访问 {lookup} 页面',
    lookup: '用量查询',
    text: 'API Key 可以有每日限额和每月限额（请求次数），0 或未设置表示不限。',
    day: '每日限额在网关所在时区的 00:00 重置，每月限额在每月 1 日 00:00 重置。',
    counting: '请求被网关接受时计 1 次；一次流式对话也只计 1 次。被网关拒绝的请求不计次。',
    refund: '若 MiniMax 出现故障（无法连接、超时、5xx、429 等），该次请求会自动退还。',
    headers:
      '每个成功的返回都带有以下响应头，可随时了解剩余的次数。reset 表示距离重置的时间；没有设置的限额不会出现。',
    tightest: '不带后缀的三项取每日与每月中剩余较少的一个。',
  },
  errors: {
    title: '错误说明',
    text: '网关拒绝请求时会说明原因和处理方法，格式与所用 SDK 一致。请求头 Accept-Language 为中文时，提示为中文。',
    status: '状态码',
    code: '错误码',
    meaning: '含义',
    action: '处理方法',
    refunded: '自动退还，不计次',
    sample: '限额用完时的返回',
    request_id: '联系管理员时，请提供响应头 X-Request-Id 的值，切勿提供 API Key。',
    own: '网关返回的错误（均不计次）',
    upstream: 'MiniMax 返回的错误（原样转发）',
    upstream_note:
      'MiniMax 的部分原生接口出错时 HTTP 状态码仍为 200，错误码在 base_resp.status_code 中。是否退还目前只看 HTTP 状态码，因此这类请求仍计 1 次。',
    invalid_key: {
      meaning: '没有携带 API Key、格式不正确，或 API Key 不存在。',
      action: '检查 API Key 是否复制完整、请求头是否正确，且只携带了一个 API Key。',
    },
    not_offered: {
      meaning: '网关未开放该接口，或不支持该方法。',
      action: '检查地址，或联系网关管理员开放。',
    },
    disabled: { meaning: 'API Key 已被禁用。', action: '联系网关管理员启用。' },
    expired: {
      meaning: 'API Key 已过期。',
      action: '联系网关管理员推迟到期时间，或获取新的 API Key。',
    },
    address: {
      meaning: '您的 IP 地址不在该 API Key 允许的网络内。',
      action: '从允许的网络访问，或联系网关管理员添加您的地址。',
    },
    quota: {
      meaning: '今日或本月的请求次数已用完。',
      action:
        '等到 resets_at 和消息中所示的时间，限额会自动恢复，提前重试无效；急需使用请联系网关管理员调高限额。',
    },
    unavailable: {
      meaning: '网关暂时无法校验 API Key，请求没有转发。',
      action: '稍后重试。持续出现时请联系网关管理员。',
    },
    no_master: { meaning: '网关尚未设置 MiniMax 主 API Key。', action: '联系网关管理员。' },
    no_address: {
      meaning: '网关尚未查到 MiniMax 的地址，请求未被转发。',
      action: '按 Retry-After 重试。',
    },
    account: {
      meaning:
        'MiniMax 拒绝了网关自身的账号（主 API Key、套餐或余额），与您的 API Key 和请求无关。',
      action: '联系网关管理员，稍后重试。',
    },
    bad_request: {
      meaning: '请求参数有误：JSON 格式错误、缺少字段、模型名称不存在，或上下文超长。',
      action: '按 message 中的提示修改请求。',
    },
    sensitive: { meaning: '输入内容未通过 MiniMax 的安全审核。', action: '修改输入内容。' },
    upstream_rate: {
      meaning: 'MiniMax 对主账户限流。',
      action: '降低请求频率，稍后重试。',
    },
    upstream_fault: { meaning: 'MiniMax 内部错误、无法连接或超时。', action: '稍后重试。' },
    overloaded: { meaning: 'MiniMax 服务器负载过高。', action: '稍后重试，间隔逐次加长。' },
  },
}
