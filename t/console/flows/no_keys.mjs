// Before the first key. options: {admin}
export default async function noKeys(visit, { admin }) {
  const { page, texts } = visit;
  await visit.logIn(admin, "keys");
  await page.getByText(texts.keys.none, { exact: true }).waitFor();
  await visit.shot("none");
}
