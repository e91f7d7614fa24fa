// The first start: the one-time token makes the first admin, and only once.
// options: {token, admin}
export default async function setup(visit, { token, admin }) {
  const { page, texts } = visit;
  const say = texts.setup;
  const fill = (label, value) => page.getByLabel(label, { exact: true }).fill(value);
  const submit = page.getByRole("button", { name: say.submit, exact: true });
  await visit.open("");
  await page.getByRole("heading", { name: say.title, exact: true }).waitFor();
  await visit.shot("setup");
  visit.expect(/status of 401/);
  await fill(say.token, "not the token");
  await fill(texts.login.name, admin.name);
  await fill(say.password, admin.password);
  await fill(say.repeat, admin.password);
  await submit.click();
  await page.getByText(say.wrong).waitFor();
  await visit.shot("wrong");
  await fill(say.token, token);
  await submit.click();
  await page.waitForURL((address) => !address.pathname.endsWith("/login"));
  await visit.context.clearCookies();
  await visit.logIn(admin);
}
