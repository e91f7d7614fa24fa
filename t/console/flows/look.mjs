// Looks at pages: keeps a picture of each, asks axe for what bars people from it, and sees that
// nothing is wider than the window. options: {admin?, pages: {name: address}, axe: file}
import { readFile } from "node:fs/promises";

const BARRIERS = ["serious", "critical"];

export default async function look(visit, { admin, pages, axe }) {
  const { page } = visit;
  const source = await readFile(axe, "utf8");
  const barriers = [];
  if (admin) await visit.logIn(admin);
  for (const [name, address] of Object.entries(pages)) {
    await visit.open(address);
    await visit.shot(name);
    const wide = await visit.overflow();
    if (wide > 0) barriers.push(`${name}: ${wide} pixels wider than the window`);
    await page.evaluate(source);
    const { violations } = await page.evaluate(() => window.axe.run(document));
    for (const { id, impact, help, nodes } of violations) {
      const [{ target, failureSummary }] = nodes;
      if (BARRIERS.includes(impact)) {
        barriers.push(`${name}: ${id} (${impact}) ${help}: ${target.join(" ")}: ${failureSummary}`);
      }
    }
  }
  return barriers;
}
