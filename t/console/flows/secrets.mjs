// Reveals a key after the password, rotates it with a grace, and deletes the new one.
// options: {admin, user, key}. Gives the new key.
import assert from "node:assert/strict";

import { choose, dialogOf, press, rowOf, search } from "../keys.mjs";

export default async function secrets(visit, { admin, user, key }) {
  const { page, texts } = visit;
  const say = texts.keys;
  const dialog = dialogOf(page);
  await visit.logIn(admin, "keys");
  await search(visit, user);
  const row = rowOf(page, user);

  await choose(page, row, say.reveal);
  visit.expect(/status of 40[13]/);
  await dialog.getByLabel(texts.accounts.own, { exact: true }).fill("not the password at all");
  await press(dialog, say.reveal);
  await dialog.getByText(texts.login.wrong).waitFor();
  await dialog.getByLabel(texts.accounts.own, { exact: true }).fill(admin.password);
  await visit.shot("password");
  await press(dialog, say.reveal);
  const shown = dialog.locator("code.key");
  assert.equal(await shown.innerText(), key);
  await visit.shot("revealed");
  await press(dialog.filter({ has: page.locator("code.key") }), texts.close);
  await shown.waitFor({ state: "detached" });
  assert.ok(!(await page.content()).includes(key), "the whole key is still in the page");

  await choose(page, row, say.rotate);
  await dialog.getByLabel(texts.accounts.own, { exact: true }).fill("not the password at all");
  await press(dialog, say.rotate);
  await dialog.getByText(texts.login.wrong).waitFor();
  await dialog.getByLabel(texts.accounts.own, { exact: true }).fill(admin.password);
  await visit.shot("rotate");
  await press(dialog, say.rotate);
  const next = await shown.innerText();
  assert.notEqual(next, key);
  await visit.shot("rotated");
  await press(dialog.filter({ has: page.locator("code.key") }), texts.close);
  await shown.waitFor({ state: "detached" });
  return next;
}
