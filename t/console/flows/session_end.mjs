// The session ends while something is typed: a dialog over the page asks to log in, and what was
// typed is there afterwards, and can be sent. options: {admin, user}
import assert from "node:assert/strict";

import { dialogOf, press, rowOf, search } from "../keys.mjs";

export default async function sessionEnd(visit, { admin, user }) {
  const { page, texts, context } = visit;
  const say = texts.keys;
  const form = dialogOf(page).filter({ has: page.getByLabel(say.user, { exact: true }) });
  const login = page.getByRole("dialog", { name: texts.login.again });
  await visit.logIn(admin, "keys");
  await press(page, say.create);
  await form.getByLabel(say.user, { exact: true }).fill(user);
  await form.getByLabel(say.day_limit, { exact: true }).fill("77");
  await context.clearCookies();
  visit.expect(/status of 401/);
  await press(form, say.create_now);

  await login.waitFor();
  await visit.shot("again");
  assert.match(page.url(), /\/console\/keys$/);
  assert.equal(await login.getByLabel(texts.login.name, { exact: true }).inputValue(), admin.name);
  await login.getByLabel(texts.login.password, { exact: true }).fill("not this one either");
  await press(login, texts.login.submit);
  await login.getByText(texts.login.wrong).waitFor();
  await login.getByLabel(texts.login.password, { exact: true }).fill(admin.password);
  await press(login, texts.login.submit);
  await login.waitFor({ state: "hidden" });
  assert.equal(await form.getByLabel(say.user, { exact: true }).inputValue(), user);
  await press(form, say.create_now);
  await press(dialogOf(page), say.done);
  await search(visit, user);
  await rowOf(page, user).getByText("/ 77").waitFor();

  // A page that could not be loaded for want of a session is loaded after the login.
  await page.locator(".key-table a, .key-cards a").first().waitFor();
  await context.clearCookies();
  await page.locator(".key-table a, .key-cards a").first().click();
  await login.getByLabel(texts.login.password, { exact: true }).fill(admin.password);
  await press(login, texts.login.submit);
  await page.locator(".fact-list, dl").getByText(user).first().waitFor();
  await visit.settle();
}
