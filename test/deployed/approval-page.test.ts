import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import type { Browser, Page, Response } from "playwright-core";
import { cordon } from "../../local/drill/people";
import { roleFinding } from "../../local/drill/scenarios/credential-checks";
import { security } from "../../local/gateway/accounts";
import type { Credentials } from "../../local/gateway/iam/caller";
import { seedServiceRole } from "../../local/seeds/identities";
import { axeViolations, desk, onPage, openBrowser, phone } from "../support/browser";
import { photographMessages } from "../support/pictures";
import { type Deployed, deployed } from "./deployed";
import { as, shop } from "./exposure";

let here: Deployed;
let browser: Browser;

interface Waiting {
  readonly incident: string;
  /** The link in the notice, which shows. */
  readonly view: string;
}

/** A role of a Lambda function whose containment waits for people, with the notice that asks them. */
async function waiting(name: string, title?: string): Promise<Waiting> {
  const { gateway } = here.organization;
  const role = await seedServiceRole(gateway, shop, "lambda", { name, allow: ["s3:*"] });
  const stolen = await gateway.callers.serviceSession("lambda", role.arn, name, "workload");
  gateway.callers.sourceAddress(stolen.accessKeyId, "198.51.100.23");
  const thief = new IAMClient(as(gateway.url, stolen));
  // What it tried shows on the page.
  await thief.send(new CreateUserCommand({ UserName: "backup-operator" })).catch(() => undefined);
  const finding = roleFinding(role, stolen, name);
  const detail = { ...(finding.detail as object), ...(title !== undefined && { title }) };
  const { results, calls } = await here.session.inject({ ...finding, detail }, "test");
  expect(results.map(({ outcome }) => outcome)).to.deep.equal(["awaiting-approval"]);
  const [notice] = calls
    .filter(({ action }) => action === "sns:Publish")
    .map(({ request }) => (request as { Message: string }).Message);
  const view = /To read it only: (\S+)$/m.exec(notice ?? "")?.[1] ?? "";
  return { incident: results[0]?.incident ?? "", view };
}

const person = (name: string): Credentials =>
  here.organization.gateway.callers.trusted(security.id, name, "seed");

/** Has the command print a link to answer with. */
async function linkFor(name: string, { incident }: Waiting): Promise<string> {
  const { status, stdout, stderr } = await cordon(here.session, person(name), "page", incident);
  expect([status, stderr]).to.deep.equal([0, ""]);
  const [first, link = ""] = stdout.trim().split("\n");
  expect(first).to.match(
    new RegExp(`^Answer as arn:aws:iam::${security.id}:user/${name} until \\S+Z\\. Give`),
  );
  return link;
}

/** Opens an address on a phone, without scripts. */
const visit = <T>(address: string, use: (page: Page, response: Response) => Promise<T>) =>
  onPage(browser, {}, async (page) => use(page, (await page.goto(address)) as Response));

/** Chooses, says why and sends. */
async function decide(page: Page, choice: RegExp, reason = "seen in the logs"): Promise<Response> {
  await page.getByLabel(choice).check();
  await page.getByLabel("Why, in one line").fill(reason);
  const [response] = await Promise.all([
    page.waitForResponse((each) => each.request().method() === "POST"),
    page.getByRole("button", { name: "Send the answer" }).click(),
  ]);
  await page.waitForLoadState();
  return response;
}

/** What Cordon's own functions have changed since. A function that is invoked changes what it then changes. */
function changesSince(first: number): readonly string[] {
  return here.organization.gateway.record.entries
    .slice(first)
    .filter(({ origin, mutating }) => origin === "cordon" && mutating)
    .map(({ action }) => action)
    .filter((action) => !/^(logs|kms):|^lambda:Invoke$/.test(action));
}
const now = () => here.organization.gateway.record.entries.length;

/** What was answered, as the journal's table has it. */
async function answerOf({ incident }: Waiting): Promise<unknown> {
  const { stdout } = await cordon(here.session, person("auditor"), "show", incident, "--json");
  return (JSON.parse(stdout) as { approvals: { answer?: unknown }[] }).approvals[0]?.answer;
}

describe("the approval page, in a browser [C5] [R12]", () => {
  before("deploy into the local organization", async () => {
    here = await deployed();
    browser = await openBrowser();
  });
  after(() => browser?.close());

  it("approves, and Cordon carries the plan out in the name of whoever opened it", async () => {
    const asked = await waiting("page-approved");
    const link = await linkFor("alice", asked);
    await visit(link, async (page, response) => {
      expect(response.status()).to.equal(200);
      expect(await page.title()).to.equal("Revoke sessions: role page-approved · Cordon");
      expect(await page.getByRole("row", { name: "iam:CreateUser" }).textContent()).to.match(
        / UTCiam:CreateUserAccessDenied198\.51\.100\.23, us-east-1$/,
      );
      const sent = await decide(page, /^Approve/);
      expect(sent.status()).to.equal(303);
      expect(await page.locator(".banner").textContent()).to.match(
        new RegExp(
          `^Approved by arn:aws:iam::${security.id}:user/alice at .*: seen in the logs\\.`,
        ),
      );
    });
    const { results, calls } = await here.session.settleWorkflows("test");
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(["contained"]);
    expect(calls.map(({ action }) => action)).to.include("iam:PutRolePolicy");
    const identities = calls
      .filter(({ action }) => action === "sts:AssumeRole")
      .map(({ request }) => (request as { SourceIdentity?: string }).SourceIdentity);
    expect(identities).to.include("alice");
    expect(await answerOf(asked)).to.include({
      decision: "approve",
      by: `arn:aws:iam::${security.id}:user/alice`,
      onPage: true,
    });
  });

  it("narrows the plan to the ticked steps", async () => {
    const asked = await waiting("page-narrowed");
    await visit(await linkFor("alice", asked), async (page) => {
      await page.getByRole("checkbox").first().uncheck();
      await decide(page, /^Approve/);
      expect(await page.locator(".banner").textContent()).to.include(", steps 1 alone: ");
    });
    expect(await answerOf(asked)).to.deep.include({ decision: "approve", only: [1] });
    const { results, calls } = await here.session.settleWorkflows("test");
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(["contained"]);
    expect(calls.map(({ action }) => action)).not.to.include("iam:TagRole");
  });

  it("rejects, and says what must be corrected before it takes an answer", async () => {
    const asked = await waiting("page-rejected");
    await visit(await linkFor("bob", asked), async (page) => {
      for (const box of await page.getByRole("checkbox").all()) await box.uncheck();
      const first = await decide(page, /^Approve/, "known");
      expect(first.status()).to.equal(400);
      expect(await page.getByRole("alert").textContent()).to.equal(
        "Not answered. No step is ticked: reject the plan, or tick some.",
      );
      expect(await page.getByLabel("Why, in one line").inputValue()).to.equal("known");
      expect(await axeViolations(browser, await page.content(), phone)).to.deep.equal([]);
      await decide(page, /^Reject/, "known");
      expect(await axeViolations(browser, await page.content(), phone)).to.deep.equal([]);
      expect(await page.locator(".banner").textContent()).to.match(
        /^Rejected by .*: known\. Nothing/,
      );
    });
    const first = now();
    const { executions } = await here.session.settleWorkflows("test");
    expect(executions.map(({ states }) => states)).to.deep.equal([
      ["Ask", "WhichAnswer", "NotifyRejected", "Rejected"],
    ]);
    expect(changesSince(first).filter((action) => action.startsWith("iam:"))).to.deep.equal([]);
  });

  it("answers once: the same form again, and another person's, change nothing", async () => {
    const asked = await waiting("page-replayed");
    const [alice, bob] = [await linkFor("alice", asked), await linkFor("bob", asked)];
    await visit(bob, async (late) => {
      await visit(alice, async (page) => {
        const sent = (await decide(page, /^Reject/)).request();
        const again = await fetch(sent.url(), {
          method: "POST",
          headers: await sent.allHeaders(),
          body: sent.postData() ?? "",
          redirect: "manual",
        });
        expect(again.status).to.equal(409);
      });
      const first = now();
      expect((await decide(late, /^Approve/)).status()).to.equal(409);
      expect(await late.getByRole("alert").textContent()).to.match(/was rejected by .*user\/alice/);
      expect(changesSince(first)).to.deep.equal([]);
    });
    expect(await answerOf(asked)).to.include({ decision: "reject" });
    await here.session.settleWorkflows("test");
  });

  it("takes no answer after 15 minutes, also where the page was opened before", async () => {
    const asked = await waiting("page-expired");
    const link = await linkFor("alice", asked);
    await visit(link, async (page) => {
      here.organization.lambda.advanceClock(15 * 60_000);
      const first = now();
      expect((await decide(page, /^Approve/)).status()).to.equal(410);
      expect(await page.locator("h1").textContent()).to.equal("This link has expired");
      expect(changesSince(first)).to.deep.equal([]);
    });
    await visit(link, async (_page, response) => expect(response.status()).to.equal(410));
    expect(await answerOf(asked)).to.equal(undefined);
  });

  it("takes no link in which anything is another one", async () => {
    const asked = await waiting("page-tampered");
    const link = new URL(await linkFor("alice", asked));
    const token = link.searchParams.get("link") ?? "";
    const parts = token.split(".");
    const changed = (at: number, part: string) => parts.with(at, part).join(".");
    const first = now();
    for (const [tampered, status] of [
      [changed(2, "A".repeat(43)), 403],
      [changed(3, Buffer.from(`arn:aws:iam::${security.id}:user/eve`).toString("base64url")), 403],
      [
        changed(
          4,
          asked.incident.replace(/^./, (one) => (one === "0" ? "1" : "0")),
        ),
        403,
      ],
      [changed(6, String(Number(parts[6]) + 3_600)), 403],
      [token.replace("1.answer.", "1.view."), 400],
      [token.slice(0, -1), 400],
      [`${token}0`, 400],
      ["../../etc/passwd", 400],
    ] as const) {
      link.searchParams.set("link", tampered);
      await visit(link.href, async (page, response) => {
        expect(response.status(), tampered).to.equal(status);
        expect(await page.content()).not.to.include(asked.incident);
      });
    }
    expect(changesSince(first)).to.deep.equal([]);
    expect(await answerOf(asked)).to.equal(undefined);
  });

  it("changes nothing for a mail scanner, which follows every link and sends what it finds", async () => {
    const asked = await waiting("page-scanned");
    const personal = await linkFor("alice", asked);
    const first = now();
    for (const address of [asked.view, personal]) {
      for (const method of ["HEAD", "GET", "GET", "OPTIONS", "PUT"])
        await fetch(address, { method });
      // One that posts to what it finds, as no browser does.
      await fetch(address, { method: "POST" });
      const body = new URLSearchParams({ decision: "approve", reason: "scan" });
      await fetch(address, { method: "POST", body });
      await visit(address, async (page) => {
        for (const anchor of await page.locator("a").all()) {
          expect(await anchor.getAttribute("href")).to.match(/^(https:|#)/);
        }
      });
    }
    expect(changesSince(first)).to.deep.equal([]);
    expect(await answerOf(asked)).to.equal(undefined);
  });

  it("takes no form of another site, although it has the link", async () => {
    const asked = await waiting("page-forged");
    const link = await linkFor("alice", asked);
    const { origin, searchParams } = new URL(link);
    const form = await visit(link, (page) =>
      page.locator("input[name=form]").getAttribute("value"),
    );
    const fields = { link: searchParams.get("link"), form, decision: "approve", reason: "forged" };
    const inputs = Object.entries(fields).map(
      ([name, value]) => `<input name="${name}" value="${value}">`,
    );
    const first = now();
    await onPage(browser, {}, async (page) => {
      await page.setContent(
        `<form method="post" action="${origin}/">${inputs.join("")}<button>Win</button></form>`,
      );
      const [response] = await Promise.all([
        page.waitForResponse(`${origin}/`),
        page.getByRole("button").click(),
      ]);
      expect(response.status()).to.equal(403);
    });
    expect(changesSince(first)).to.deep.equal([]);
    expect(await answerOf(asked)).to.equal(undefined);
  });

  it("shows the texts of strangers as texts", async () => {
    const hostile = `</p><script>document.title="owned"</script><img src=x onerror="document.title='owned'">\u202e"'><a href="javascript:alert(1)">`;
    const asked = await waiting("page-hostile", hostile);
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(await linkFor("alice", asked));
      expect(await page.title()).to.equal("Revoke sessions: role page-hostile · Cordon");
      expect(await page.locator("script, img, [onerror], a[href^=javascript]").count()).to.equal(0);
      expect(await page.locator(".lead").textContent()).to.equal(
        hostile.replace("\u202e", " ").slice(0, 400),
      );
    } finally {
      await context.close();
    }
  });

  it("breaks no rule of axe, in light and dark, on a phone and at a desk", async () => {
    const asked = await waiting("page-invoices");
    const link = await linkFor("alice", asked);
    const { origin } = new URL(link);
    for (const address of [link, asked.view, `${origin}/`, `${origin}/nothing`]) {
      const html = await (await fetch(address)).text();
      for (const size of [phone, desk]) {
        expect(await axeViolations(browser, html, size), address).to.deep.equal([]);
        // Nothing is wider than the screen.
        const wide = await onPage(browser, { size }, async (page) => {
          await page.setContent(html);
          return page.evaluate("document.documentElement.scrollWidth");
        });
        expect(wide, address).to.be.at.most(size.width);
      }
    }
    await photograph(link);
  });
});

/** Takes the pictures of the documents anew, where `CORDON_PICTURES` names a folder for them. */
async function photograph(link: string): Promise<void> {
  const folder = process.env.CORDON_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const night = 950;
  for (const [name, size, scheme, cut] of [
    ["phone-what-happened", phone, "dark", () => [0, night]],
    ["phone-decision", phone, "dark", (end: number) => [end - night, night]],
    ["desk", desk, "light", () => [0, 1_000]],
  ] as const) {
    await onPage(browser, { size, scheme }, async (page) => {
      await page.goto(link);
      const end = Number(await page.evaluate("document.documentElement.scrollHeight"));
      const [y = 0, height = 0] = cut(end);
      const devtools = await page.context().newCDPSession(page);
      const { data } = await devtools.send("Page.captureScreenshot", {
        format: "webp",
        quality: 80,
        captureBeyondViewport: true,
        clip: { x: 0, y, width: size.width, height, scale: 1 },
      });
      writeFileSync(join(folder, `approval-${name}.webp`), data, "base64");
    });
  }
  await photographMessages(browser, folder);
}
