// What a page of another origin gets from the gateway, in a browser that asks for leave first.
//
//   CHROMIUM=/usr/bin/chromium node cross_origin.mjs PAGE < wish.json
//
// PAGE is opened, and each wish handed to `mmxCall` (t/sdk/page.mjs) in it. Prints the outcomes as
// one line of JSON.
import process from "node:process";
import { text } from "node:stream/consumers";

import { chromium } from "playwright-core";

const wishes = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--no-first-run"],
});
try {
  const page = await browser.newPage();
  await page.goto(process.argv[2]);
  await page.waitForFunction(() => window.mmxCall !== undefined, undefined, { timeout: 20_000 });
  const outcomes = [];
  for (const wish of wishes) outcomes.push(await page.evaluate((one) => window.mmxCall(one), wish));
  console.log(JSON.stringify(outcomes));
} finally {
  await browser.close();
}
