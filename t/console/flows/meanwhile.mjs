// Another admin changes a key, and an account, while they are edited: nothing is saved, what was
// typed stays, and the present state can be loaded, after which it can. A key that was changed
// under its switch is not switched, and its switch is not taken back.
// options: {admin, other, key: {id, user}, note, day, next, account}
import assert from "node:assert/strict";

import { dialogOf, press, rowOf, search } from "../keys.mjs";
import { logInApart } from "../other_admin.mjs";

export default async function meanwhile(visit, options) {
  const change = await logInApart(visit, options.other);
  visit.expect(/status of 412/);
  await visit.logIn(options.admin, "keys");
  await editKey(visit, options, change);
  await switchKey(visit, options, change);
  await editAccount(visit, options, change);
}

async function editKey(visit, { key, note, day, next }, change) {
  const { page, texts: { keys: say, meanwhile: told } } = visit;
  const dialog = dialogOf(page);
  const limit = dialog.getByLabel(say.day_limit, { exact: true });
  const notes = dialog.getByLabel(say.note, { exact: true });
  const digits = async () => (await limit.inputValue()).replaceAll(",", "");
  await search(visit, key.user);
  await rowOf(page, key.user).getByRole("button", { name: new RegExp(`^${say.edit} `) }).click();
  await notes.fill(note);
  await change(`keys/${key.id}`, { day: Number(day) });
  await press(dialog, say.save);
  await dialog.getByText(told.refused).waitFor();
  assert.equal(await notes.inputValue(), note);
  assert.notEqual(await digits(), day);
  await visit.shot("key");
  await press(dialog, told.load);
  await dialog.getByText(told.refused).waitFor({ state: "detached" });
  assert.equal(await digits(), day);
  assert.equal(await notes.inputValue(), note);
  await limit.fill(next);
  await press(dialog, say.save);
  await dialog.waitFor({ state: "hidden" });
}

async function switchKey({ page, texts }, { key }, change) {
  const { keys: say, meanwhile: told, undo } = texts;
  const row = rowOf(page, key.user);
  const disable = () => row.getByRole("button", { name: new RegExp(`^${say.disable} `) }).click();
  const refused = page.getByText(told.not_switched);
  const shows = (status) => row.getByText(status, { exact: true }).waitFor();
  // Just before it, so that no refresh of the list comes between.
  const changeFirst = (networks) => page.route(`**/keys/${key.id}`, async (route) => {
    await change(`keys/${key.id}`, { networks });
    await route.continue();
  }, { times: 1 });

  await changeFirst(["127.0.0.0/8"]);
  await disable();
  await refused.waitFor();
  await shows(texts.status.active);
  await refused.waitFor({ state: "detached" });
  await disable();
  await shows(texts.status.disabled);
  await changeFirst([]);
  await press(page.locator(".with-undo"), undo);
  await refused.waitFor();
  await shows(texts.status.disabled);
}

async function editAccount(visit, { admin, other, account }, change) {
  const { page, texts: { accounts: say, meanwhile: told } } = visit;
  const dialog = dialogOf(page);
  const own = dialog.getByLabel(say.own, { exact: true });
  const role = (name) => dialog.getByRole("radio", { name: new RegExp(`^${name}`) });
  await visit.open("accounts?part=users");
  const row = page.getByRole("row", { name: new RegExp(`\\b${account}\\b`) });
  await row.getByRole("button", { name: say.change_role, exact: true }).click();
  await own.fill(admin.password);
  await change(`users/${account}`, { role: "admin", password: other.password });
  await press(dialog, say.save);
  await dialog.getByText(told.refused).waitFor();
  assert.equal(await own.inputValue(), admin.password);
  assert.ok(await role(say.viewer).isChecked());
  await visit.shot("account");
  await press(dialog, told.load);
  await dialog.getByText(told.refused).waitFor({ state: "detached" });
  assert.equal(await own.inputValue(), admin.password);
  assert.ok(await role(say.admin).isChecked());
  await dialog.getByText(say.viewer, { exact: false }).first().click();
  await press(dialog, say.save);
  await dialog.waitFor({ state: "hidden" });
  await row.getByText(say.viewer, { exact: true }).waitFor();
}
