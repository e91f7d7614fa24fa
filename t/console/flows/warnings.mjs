// What an operator must act on is said, with what to do.
// options: {admin, warnings: [name of texts]}
export default async function warnings(visit, { admin, warnings: wanted }) {
  const { page, texts } = visit;
  await visit.logIn(admin);
  await visit.open("overview");
  for (const name of wanted) {
    const warning = page.locator(".el-alert", { hasText: texts.overview[name] });
    await warning.getByText(texts.overview.advice).waitFor();
  }
  await visit.shot("warnings");
  return page.locator("[data-warning]").evaluateAll((all) => all.map((one) => one.dataset.warning));
}
