// Language and theme are switched on the page, and stay. options: {admin}
import assert from "node:assert/strict";

import { texts } from "../texts.mjs";

export default async function language(visit, { admin }) {
  const { page, lang } = visit;
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
