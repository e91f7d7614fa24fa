// Makes one key in the page. Gives the key and the line that tries it.
// options: {admin, user, note, day}
import assert from "node:assert/strict";

import { dialogOf, press, rowOf, search } from "../keys.mjs";

export default async function create(visit, { admin, user, note, day }) {
  const { page, texts } = visit;
  const say = texts.keys;
  const dialog = dialogOf(page);
  await visit.logIn(admin, "keys");
  await press(page, say.create);
  await dialog.getByLabel(say.user, { exact: true }).waitFor();
  await press(dialog, say.create_now);
  await dialog.getByText(say.user_missing).waitFor();
  await visit.shot("missing");
  await dialog.getByLabel(say.user, { exact: true }).fill(user);
  await dialog.getByLabel(say.day_limit, { exact: true }).fill(day);
  await dialog.getByLabel(say.note, { exact: true }).fill(note);
  await press(dialog, texts.days30);
  await visit.shot("form");
  await press(dialog, say.create_now);
  const key = await dialog.locator("code.key").innerText();
  assert.match(key, /^mmx-[A-Za-z0-9]{32}$/);
  const curl = await dialog.locator("code.curl").innerText();
  await visit.shot("made");
  await dialog.getByRole("button", { name: /API Key$/ }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
  await press(dialog, say.done);
  await dialog.waitFor({ state: "hidden" });

  await search(visit, note);
  const row = rowOf(page, user);
  await row.getByText(texts.status.active, { exact: true }).waitFor();
  assert.ok(!(await page.content()).includes(key), "the whole key is still in the page");
  const text = await row.innerText();
  assert.ok(text.includes(texts.unlimited) && /0\s+\/ /.test(text), text);
  const link = await row.getByRole("link").getAttribute("href");
  // A whole key is found as well, and is in no address.
  await search(visit, key);
  await rowOf(page, user).waitFor();
  await visit.shot("found");
  assert.ok(!visit.addresses.some((address) => address.includes(key)) && !page.url().includes(key));
  return { key, curl, id: link.split("/").at(-1) };
}
