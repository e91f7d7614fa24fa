// The calls of a web page: by fetch, and by the packages as they run in a browser.
const model = "MiniMax-M3";
const messages = [{ role: "user", content: "hi" }];

const by = {
  async fetch({ base, key, path, method = "POST" }) {
    const headers = { "Content-Type": "application/json" };
    if (key) headers.Authorization = `Bearer ${key}`;
    const body = method === "POST" ? JSON.stringify({ model, messages }) : undefined;
    const answer = await fetch(base + path, { method, headers, body });
    return {
      status: answer.status, headers: Object.fromEntries(answer.headers),
      text: await answer.text(),
    };
  },

  async openai({ base, key }) {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({
      baseURL: `${base}/mini/v1`, apiKey: key, dangerouslyAllowBrowser: true,
    });
    const answer = await client.chat.completions.create({ model, messages });
    return { text: answer.choices[0].message.content };
  },

  async anthropic({ base, key }) {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const client = new Anthropic({
      baseURL: `${base}/mini/anthropic`, apiKey: key, dangerouslyAllowBrowser: true,
    });
    const answer = await client.messages.create({ model, messages, max_tokens: 100 });
    return { text: answer.content.map((block) => block.text ?? "").join("") };
  },
};

window.mmxCall = async (wish) => {
  try {
    return await by[wish.by](wish);
  } catch (error) {
    return { error: String(error), status: error.status ?? null };
  }
};
