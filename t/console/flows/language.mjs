// The first language is the browser's own; another is chosen on the page, and stays.
// options: {admin}
import assert from "node:assert/strict";

import { texts } from "../texts.mjs";

export default async function language(visit, { admin }) {
  const { page, lang } = visit;
  await first(visit, lang === "zh" ? ["zh-TW", "zh-CN"] : ["de-DE", "en"]);
  const other = lang === "zh" ? "en" : "zh";
  await visit.logIn(admin);
  await visit.open("settings");
  const root = page.locator("html");
  assert.equal(await root.getAttribute("lang"), lang === "zh" ? "zh-CN" : "en");
  await page.getByRole("button", { name: other === "zh" ? "中文" : "English" }).click();
  await page.getByRole("heading", { name: texts[other].settings.title, exact: true }).waitFor();
  assert.equal(await root.getAttribute("lang"), other === "zh" ? "zh-CN" : "en");
  await page.reload();
  await page.getByRole("heading", { name: texts[other].settings.title, exact: true }).waitFor();
}

// Of a browser in which nothing was chosen, and nothing becomes a choice by looking.
async function first({ base, context }, [locale, shown]) {
  const other = await context.browser().newContext({ locale });
  const page = await other.newPage();
  await page.goto(`${base}/console/login`);
  await page.locator("form").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), shown);
  assert.equal(await page.evaluate(() => localStorage.getItem("mmx.language")), null);
  await other.close();
}
