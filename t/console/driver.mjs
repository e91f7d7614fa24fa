// Runs flows in one browser: a line of JSON in (`{"flow": "docs", "visit": {…}, "options": {…}}`),
// a line of JSON out (`{"value": …}` or `{"error": …}`). Ends when its input ends.
//
//   CHROMIUM=/usr/bin/chromium node driver.mjs
import process from "node:process";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

import { Visit } from "./visit.mjs";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  // No sandbox: the tests run as root, and the pages are our own.
  args: [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
  ],
});

async function run({ flow, visit: wish, options }) {
  const { default: play } = await import(`./flows/${flow}.mjs`);
  const visit = await Visit.begin(browser, wish, flow);
  try {
    const value = await play(visit, options ?? {});
    return { value: value ?? null, problems: visit.problems() };
  } catch (error) {
    const screenshot = await visit.shot("failure").catch(() => null);
    const body = await visit.page.locator("body").innerText({ timeout: 1000 }).catch(() => "");
    return {
      error: error.stack, screenshot, address: visit.page.url(), problems: visit.problems(),
      body: body.slice(0, 4000),
    };
  } finally {
    await visit.end();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await run(JSON.parse(line)).catch((error) => ({ error: error.stack }));
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser.close();
