// Logs in, comes to the page that was asked for, and logs out. options: {admin}
import assert from "node:assert/strict";

export default async function login(visit, { admin }) {
  const { page, texts, context } = visit;
  await visit.open("settings");
  await page.waitForURL(/\/login\?next=/);
  await page.getByText(texts.login.title, { exact: true }).waitFor();
  await visit.shot("login");
  const submit = page.getByRole("button", { name: texts.login.submit, exact: true });
  const password = page.getByLabel(texts.login.password, { exact: true });

  visit.expect(/status of 401/);
  await page.getByLabel(texts.login.name, { exact: true }).fill(admin.name);
  await password.fill("certainly not this");
  await submit.click();
  await page.getByText(texts.login.wrong).waitFor();
  await visit.shot("wrong");
  await password.fill(admin.password);
  await password.press("Enter");
  await page.waitForURL(/\/console\/settings$/);
  await visit.settle();
  await page.getByRole("heading", { name: texts.settings.title, exact: true }).waitFor();

  const cookies = await context.cookies();
  const session = cookies.find(({ name }) => name.endsWith("mmx_session"));
  assert.ok(session.httpOnly && session.sameSite === "Strict", JSON.stringify(cookies));
  await page.getByRole("button", { name: new RegExp(admin.name) }).click();
  await page.getByRole("menuitem", { name: texts.login.out, exact: true }).click();
  await page.waitForURL(/\/login/);
  // What was kept of the session is worth nothing now.
  await context.addCookies([session]);
  await page.evaluate(() => localStorage.setItem("mmx.session", "yes"));
  await visit.open("keys");
  await page.waitForURL(/\/login\?next=/);
}
