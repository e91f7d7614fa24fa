// Ends one's other session from the list, which asks for the password: a wrong one ends nothing.
// options: {who}
export default async function sessions(visit, { who }) {
  const { page, texts, context } = visit;
  const say = texts.accounts;
  const dialog = page.getByRole("dialog").filter({ visible: true });
  const rows = page.getByRole("row", { name: new RegExp(`\\b${who.name}\\b`) });
  const own = dialog.getByLabel(say.own, { exact: true });
  const end = (part) => part.getByRole("button", { name: say.end, exact: true }).click();
  await visit.logIn(who);
  await context.clearCookies(); // as another browser would: that session stays open
  await visit.logIn(who);
  await visit.open("accounts?part=sessions");
  await rows.nth(1).waitFor();
  const other = rows.filter({ hasNotText: say.current });
  await end(other);
  await visit.shot("question");
  visit.expect(/status of 401/);
  await own.fill("not the password");
  await end(dialog);
  await dialog.getByText(texts.login.wrong).waitFor();
  await other.waitFor();
  await own.fill(who.password);
  await end(dialog);
  await other.waitFor({ state: "detached" });
  await rows.getByText(say.current, { exact: true }).waitFor();
  await visit.settle();
}
