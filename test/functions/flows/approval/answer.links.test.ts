import { expect } from "chai";
import type { AnswerReport } from "../../../../functions/flows/approval/answer";
import { readLink } from "../../../../functions/record/page-links";
import { AskedWorld, alice, securityAccount } from "../../../support/asked";
import { AskedPage, pageUrl } from "../../../support/asked-page";
import * as builders from "../../../support/builders";

const role = (name: string) => `arn:aws:sts::${securityAccount}:assumed-role/${name}/bob`;

/** Asks for a link, with a person's signature of that wish; of another wish where `as` says so. */
async function open(
  here: AskedPage,
  { by = alice, as = "open" }: { readonly by?: string; readonly as?: "open" | "approve" } = {},
): Promise<AnswerReport> {
  const { world } = here;
  const proof = as === "open" ? world.signWish(by) : world.sign({ by });
  return world.answer({ open: world.record.id, digest: world.digest, proof }, here.approver());
}

describe("links to answer with [C5]", () => {
  it("are given to whoever proves to be somebody who may answer, for 15 minutes", async () => {
    const here = await AskedPage.open();
    const report = await open(here);
    if (report.outcome !== "opened") throw new Error(JSON.stringify(report));
    expect(report).to.include({
      incident: here.world.record.id,
      by: alice,
      until: "2026-11-20T10:20:00.000Z",
    });
    expect(report.url.startsWith(`${pageUrl}?link=1.answer.`)).to.equal(true);
    const token = report.url.split("=")[1] ?? "";
    expect(readLink(token)?.link).to.deep.equal({
      kind: "answer",
      incident: here.world.record.id,
      digest: here.world.digest,
      expires: Date.parse("2026-11-20T10:20:00Z") / 1_000,
      by: alice,
    });
    expect((await here.post(token)).status).to.equal(303);
    expect(here.answer).to.include({ by: alice });
  });

  it("end with the approval", async () => {
    const here = await AskedPage.open();
    here.world.clock = Date.parse("2026-11-20T14:00:00.000Z");
    expect(await open(here)).to.include({ until: "2026-11-20T14:05:00.000Z" });
  });

  const refused: readonly (readonly [
    string,
    (here: AskedPage) => Promise<AnswerReport>,
    RegExp,
  ])[] = [
    [
      "by somebody who may not answer",
      (here) =>
        open(here, {
          by: `arn:aws:sts::${builders.account}:assumed-role/web/${builders.instanceId}`,
        }),
      /may not answer: the incident is about this principal$/,
    ],
    [
      "by a signature of an approval",
      (here) => open(here, { as: "approve" }),
      /^STS did not confirm who answers: /,
    ],
    [
      "after the approval ended",
      (here) => {
        here.world.clock += 4 * 3_600_000;
        return open(here);
      },
      / expired at 2026-11-20T14:05:00\.000Z$/,
    ],
    [
      "where no page is deployed",
      ({ world }) =>
        world.answer({
          open: world.record.id,
          digest: world.digest,
          proof: world.sign({}),
        }),
      /^There is no approval page: set cordon:approvalPage/,
    ],
    [
      "while KMS does not answer",
      ({ world }) => {
        const proof = world.signWish();
        const page = { url: pageUrl, codeOf: () => Promise.reject(new Error("no answer")) };
        return world.answer({ open: world.record.id, digest: world.digest, proof }, { page });
      },
      /^The link could not be made: Error: no answer$/,
    ],
  ];
  for (const [what, make, reason] of refused) {
    it(`are refused: ${what}`, async () => {
      const report = await make(await AskedPage.open());
      expect(report.outcome).to.equal("refused");
      expect(report).to.have.property("reason").that.matches(reason);
    });
  }

  it("are signed for, and the signature approves nothing", async () => {
    const here = await AskedWorld.open();
    const proof = here.signWish();
    const report = await here.answer({ ...here.request(), proof });
    expect(report)
      .to.have.property("reason")
      .that.matches(/^STS did not confirm/);
    expect(here.approvals.items[0]?.answer).to.equal(undefined);
  });

  // The page checks links, too; the function that decides does not rely on it.
  const forged: readonly (readonly [string, (here: AskedPage) => Promise<string>, RegExp])[] = [
    [
      "whose code is not KMS's",
      async (here) => (await here.link()).replace(/^(1\.answer\.)[\w-]{43}/, `$1${"A".repeat(43)}`),
      /^This is no link of Cordon's$/,
    ],
    ["that is none", async () => "1.answer", /^This is no link of Cordon's$/],
    [
      "that has expired",
      async (here) => {
        const token = await here.link();
        here.world.clock += 900_000;
        return token;
      },
      /^The link has expired$/,
    ],
    [
      "that only shows",
      (here) => here.link({}, "view"),
      /^This link shows the approval, and answers nothing$/,
    ],
    [
      "of somebody who may not answer any more",
      async (here) => {
        here.world.approvers = [`arn:aws:iam::${securityAccount}:role/Others`];
        return here.link({ by: role("Responders") });
      },
      /cordon:approvers does not list it$/,
    ],
    [
      "about a plan that was replaced",
      (here) => here.link({ digest: "0".repeat(64) }),
      /waits for this plan: it is another one now/,
    ],
    [
      "about another incident",
      (here) => here.link({ incident: "0123456789abcdef-1" }),
      /^The journal has no incident 0123456789abcdef-1$/,
    ],
  ];
  for (const [what, make, reason] of forged) {
    it(`decide nothing: one ${what}`, async () => {
      const here = await AskedPage.open();
      const link = await make(here);
      const request = { link, decision: "approve", reason: "seen" };
      const report = await here.world.answer(request, here.approver());
      expect(report.outcome).to.equal("refused");
      expect(report).to.have.property("reason").that.matches(reason);
      expect(here.answer).to.equal(undefined);
      expect(here.world.sent).to.deep.equal([]);
    });
  }
});
