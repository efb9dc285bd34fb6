/** Chromium, as a person at a phone or a desk would use it; without scripts of pages. */
import { readFileSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const { findChromium }: { readonly findChromium: () => string | undefined } =
  require("../../local/setup/chromium.cjs");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const phone = { width: 360, height: 740 };
export const desk = { width: 1200, height: 900 };

/** Starts a browser with a profile of its own, which must be closed. It asks nothing of the internet. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error("There is no Chromium or Chrome: run node local/setup/index.mjs browser");
  }
  return chromium.launch({
    executablePath,
    args: [
      // As root Chromium starts without its sandbox alone; it opens pages of this machine only.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Opens a page that is closed with everything of it once `use` has ended. */
export async function onPage<T>(
  browser: Browser,
  {
    size = phone,
    scheme = "light",
  }: { readonly size?: typeof phone; readonly scheme?: "light" | "dark" },
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: scheme,
    deviceScaleFactor: 1,
    javaScriptEnabled: false,
  });
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Lists what axe finds wrong with a page of this HTML, in both colour schemes. */
export async function axeViolations(
  browser: Browser,
  html: string,
  size: typeof phone,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const scheme of ["light", "dark"] as const) {
    // A page of its own, with scripts and without the policy that forbids them: axe is one.
    const context = await browser.newContext({ viewport: size, colorScheme: scheme });
    try {
      const page = await context.newPage();
      await page.setContent(html);
      await page.evaluate(axeSource);
      const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes })))",
      );
      found.push(
        ...violations.map(
          ({ id, nodes }) => `${scheme}: ${id}: ${nodes.map(({ html: at }) => at).join(" | ")}`,
        ),
      );
    } finally {
      await context.close();
    }
  }
  return found;
}
