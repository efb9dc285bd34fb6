import { expect } from "chai";
import type { AnswerReport } from "../../../../functions/flows/approval/answer";
import type { PageRequest, PageResponse } from "../../../../functions/flows/approval/page";
import { alice, securityAccount, token as taskToken } from "../../../support/asked";
import { AskedPage } from "../../../support/asked-page";

/** The sentence in bold that says that an answer was not taken, or the page's title. */
const problem = ({ body }: PageResponse) =>
  / role="alert"><b>Not answered.<\/b> (.*?)<\/p>/.exec(body)?.[1];
const title = ({ body }: PageResponse) => /<h1>(.*?)<\/h1>/.exec(body)?.[1];

describe("the approval page [C5] [R12]", () => {
  for (const method of ["GET", "HEAD"]) {
    it(`changes nothing by ${method}, whatever the link: mail scanners follow links`, async () => {
      const here = await AskedPage.open();
      for (const token of [await here.link(), await here.link({}, "view")]) {
        const response = await here.request({ method, query: `link=${token}` });
        expect(response.status).to.equal(200);
        expect(response.body === "").to.equal(method === "HEAD");
      }
      expect(here.handed.map((each) => Object.keys(each))).to.deep.equal([["see"], ["see"]]);
      expect(here.world.sent).to.deep.equal([]);
      expect(here.answer).to.equal(undefined);
    });
  }

  it("runs no script and lets nothing else in, be framed or kept", async () => {
    const here = await AskedPage.open();
    const { headers, body } = await here.get(await here.link());
    expect(headers["content-security-policy"]).to.match(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(headers).to.include({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
    expect(body).not.to.match(/<script|\son\w+=|javascript:/i);
  });

  it("shows what the principal did before, and no markup of it", async () => {
    const here = await AskedPage.open();
    const token = await here.link();
    expect((await here.get(token)).body).not.to.include("What it did before");
    const call = {
      at: "2026-11-20T09:58:00.000Z",
      region: "us-east-1",
      call: "iam:CreateUser<b>",
      address: "198.51.100.23",
      addresses: 3,
      error: "AccessDenied",
      changes: true,
      times: 2,
    };
    here.addExcerpt({
      from: "2026-11-20T04:00:00.000Z",
      to: "2026-11-20T10:05:00.000Z",
      calls: [call],
      found: 9,
      missing: ["us-east-1 could not be read: <script>"],
    });
    const { body } = await here.get(token);
    expect(body).to.include('<h2 id="before">What it did before</h2>');
    for (const cell of [
      "iam:CreateUser&lt;b&gt;, 2 times",
      "AccessDenied",
      "198.51.100.23 and 2 more, us-east-1",
    ]) {
      expect(body).to.include(`>${cell}</td>`);
    }
    expect(body).to.include("<li>Not listed: 7 of 9 calls that were read.</li>");
    expect(body).to.include("could not be read: &lt;script&gt;").and.not.include("<script>");
  });

  it("shows a form to whoever may answer, and to nobody else", async () => {
    const here = await AskedPage.open();
    const personal = await here.get(await here.link());
    expect(personal.body).to.include(`You answer as ${alice}.`).and.include("<form");
    const view = await here.get(await here.link({}, "view"));
    expect(view.body).not.to.match(/<form|<input|<button/);
    expect(view.body).to.include(`npx cordon page ${here.world.record.id}`);
    expect(view.body).not.to.include(taskToken);
  });

  it("takes an approval of all steps, as the person of the link", async () => {
    const here = await AskedPage.open();
    const token = await here.link();
    const response = await here.post(token);
    expect([response.status, response.headers.location]).to.deep.equal([303, `/?link=${token}`]);
    expect(here.answer).to.deep.equal({
      decision: "approve",
      by: alice,
      reason: "seen in the logs",
      at: "2026-11-20T10:05:00.000Z",
      onPage: true,
    });
    expect(here.world.sent).to.deep.equal([{ token: taskToken, output: { decision: "approve" } }]);
    const after = await here.get(token);
    expect(after.body).to.include(`<b>Approved</b> by ${alice} at `).and.not.include("<form");
  });

  it("takes an approval of the ticked steps alone", async () => {
    const here = await AskedPage.open();
    // The interfaces alone go into quarantine.
    expect((await here.post(await here.link(), { step: ["11", "12"] })).status).to.equal(303);
    expect(here.answer?.only).to.deep.equal([11, 12]);
  });

  it("takes a rejection, of the whole plan whatever is ticked", async () => {
    const here = await AskedPage.open();
    const response = await here.post(await here.link(), { decision: "reject", step: ["0"] });
    expect(response.status).to.equal(303);
    expect(here.answer).to.include({ decision: "reject", by: alice }).and.not.have.property("only");
    expect(here.world.sent).to.deep.equal([{ token: taskToken, output: { decision: "reject" } }]);
  });

  it("takes one answer: replayed by the same person or another, it changes nothing", async () => {
    const here = await AskedPage.open();
    await here.post(await here.link());
    const at = here.answer?.at;
    const replayed = await here.post(await here.link());
    expect(replayed.status).to.equal(409);
    const other = `arn:aws:sts::${securityAccount}:assumed-role/Responders/bob`;
    const second = await here.post(await here.link({ by: other }), { decision: "reject" });
    expect(second.status).to.equal(409);
    expect(problem(second)).to.match(/was approved by .*alice.* an approval is answered once\.$/);
    expect(here.answer).to.include({ decision: "approve", by: alice, at });
    expect(here.world.sent).to.have.lengthOf(1);
  });

  const incomplete: readonly (readonly [
    string,
    Readonly<Record<string, string | readonly string[] | undefined>>,
    number,
    RegExp,
  ])[] = [
    ["no decision", { decision: undefined }, 400, /^Choose whether to approve or to reject\.$/],
    ["another decision", { decision: "open" }, 400, /^Choose whether to approve or to reject\.$/],
    ["no reason", { reason: "  " }, 400, /^The reason to approve must be one line of 1 to 1,000/],
    ["a reason of 1,001 characters", { reason: "a".repeat(1_001) }, 400, /but it has 1001\.$/],
    ["no step", { step: [] }, 400, /^No step is ticked/],
    ["steps that take no access", { step: ["0"] }, 409, /^None of these steps takes access/],
    ["a step that is none", { step: ["999"] }, 409, /^The plan has no step 999/],
  ];
  for (const [what, fields, status, sentence] of incomplete) {
    it(`says what is wrong, keeps what was entered, and changes nothing: ${what}`, async () => {
      const here = await AskedPage.open();
      const response = await here.post(await here.link(), { reason: "the <b> of it", ...fields });
      expect(response.status).to.equal(status);
      expect(problem(response)).to.match(sentence);
      if (fields.reason === undefined) {
        expect(response.body).to.include(`name="reason" value="the &lt;b&gt; of it"`);
      }
      expect(here.answer).to.equal(undefined);
      expect(here.world.sent).to.deep.equal([]);
    });
  }

  const foreign: readonly (readonly [
    string,
    (here: AskedPage) => Promise<PageResponse>,
    number,
    string,
  ])[] = [
    [
      "a form of another site",
      async (here) =>
        here.post(await here.link(), {}, { headers: { origin: "https://evil.example" } }),
      403,
      "This answer did not come from the page",
    ],
    [
      "a form of nobody",
      async (here) =>
        here.post(
          await here.link(),
          {},
          { headers: { origin: "null", "content-type": "application/x-www-form-urlencoded" } },
        ),
      403,
      "This answer did not come from the page",
    ],
    [
      "a form that a browser calls cross-site",
      async (here) =>
        here.post(
          await here.link(),
          {},
          {
            headers: {
              origin: "https://abc.lambda-url.us-east-1.on.aws",
              "sec-fetch-site": "cross-site",
              "content-type": "application/x-www-form-urlencoded",
            },
          },
        ),
      403,
      "This answer did not come from the page",
    ],
    [
      "a request from the link alone, without the form's code",
      async (here) => here.post(await here.link(), { form: undefined }),
      403,
      "This answer did not come from the page",
    ],
    [
      "the form's code of another link",
      async (here) => here.post(await here.link(), { form: "A".repeat(43) }),
      403,
      "This answer did not come from the page",
    ],
    [
      "a link that shows",
      async (here) => here.post(await here.link({}, "view")),
      403,
      "This link shows the approval, and answers nothing",
    ],
    [
      "a link of another incident",
      async (here) => here.post(await here.link({ incident: "0123456789abcdef-1" })),
      409,
      "Nothing waits here",
    ],
    [
      "JSON",
      async (here) =>
        here.post(
          await here.link(),
          {},
          {
            headers: {
              origin: "https://abc.lambda-url.us-east-1.on.aws",
              "content-type": "application/json",
            },
          },
        ),
      415,
      "This page takes its own form only",
    ],
    [
      "100 kB",
      async (here) => here.post(await here.link(), { reason: "a".repeat(100_000) }),
      413,
      "This is longer than any answer",
    ],
    [
      "a field that the form does not have",
      async (here) => here.post(await here.link(), { by: "somebody" }),
      400,
      "This link or form is not complete",
    ],
    [
      "two decisions",
      async (here) => here.post(await here.link(), { decision: ["approve", "reject"] }),
      400,
      "This link or form is not complete",
    ],
    [
      "a step by name",
      async (here) => here.post(await here.link(), { step: ["all"] }),
      400,
      "This link or form is not complete",
    ],
    ["no link", async (here) => here.post("", {}), 400, "This link or form is not complete"],
    [
      "a link that has expired",
      async (here) => {
        const token = await here.link();
        here.world.clock += 900_000;
        return here.post(token);
      },
      410,
      "This link has expired",
    ],
    [
      "a link with another name in it",
      async (here) => {
        const parts = (await here.link()).split(".");
        parts[3] = Buffer.from("arn:aws:iam::444455556666:user/eve").toString("base64url");
        return here.post(parts.join("."));
      },
      403,
      "This is no link of Cordon&apos;s",
    ],
  ];
  for (const [what, make, status, says] of foreign) {
    it(`refuses in one sentence, and changes nothing: ${what}`, async () => {
      const here = await AskedPage.open();
      const response = await make(here);
      expect([response.status, title(response)]).to.deep.equal([status, says]);
      expect(here.handed.every((request) => "see" in request)).to.equal(true);
      expect(here.answer).to.equal(undefined);
      expect(here.world.sent).to.deep.equal([]);
    });
  }

  const strange: readonly (readonly [string, Partial<PageRequest>, number, string])[] = [
    ["no link", {}, 200, "Approvals"],
    ["another path", { path: "/favicon.ico" }, 404, "There is no such page"],
    ["another method", { method: "DELETE" }, 405, "This page is only read and answered"],
    ["garbage", { query: "link=%00%ff" }, 400, "This link or form is not complete"],
    ["a link twice", { query: "link=1&link=2" }, 400, "This link or form is not complete"],
    [
      "a query of 5,000 characters",
      { query: `link=${"1".repeat(5_000)}` },
      400,
      "This link or form is not complete",
    ],
  ];
  for (const [what, request, status, says] of strange) {
    it(`asks neither KMS nor Cordon about ${what}, and names no incident`, async () => {
      const here = await AskedPage.open();
      const response = await here.request(request);
      expect([response.status, title(response)]).to.deep.equal([status, says]);
      expect(response.body).not.to.match(/[0-9a-f]{16}-\d/);
      expect([here.checks, here.handed]).to.deep.equal([0, []]);
    });
  }

  it("asks KMS about a link only as long as it has not expired", async () => {
    const here = await AskedPage.open();
    const response = await here.get(await here.link({ expires: 1_700_000_000 }));
    expect([response.status, here.checks]).to.deep.equal([410, 0]);
  });

  it("says of a plan that was replaced, answered or missed that it waits no more", async () => {
    const here = await AskedPage.open();
    here.world.clock += 4 * 3_600_000;
    const missed = await here.get(await here.link());
    expect(missed.body).to.include("<b>Nobody answered</b>").and.not.include("<form");
    const item = here.world.world.items[here.world.record.id];
    if (item) item.status = "contained";
    const begun = await here.get(await here.link());
    expect(begun.body).to.include("<b>This plan waits no more.</b>").and.not.include("<form");
  });

  const unreachable = async (): Promise<never> => {
    throw Object.assign(new Error("no answer"), { name: "TimeoutError" });
  };
  it("says that Cordon cannot be reached while KMS, the function or the journal is not", async () => {
    const here = await AskedPage.open();
    const token = await here.link();
    for (const ports of [
      here.ports({ isGenuine: unreachable }),
      here.ports({ ask: unreachable }),
      here.ports({}, { journal: { find: unreachable } }),
    ]) {
      for (const response of [
        await here.get(token, ports),
        await here.post(token, {}, { ports }),
      ]) {
        expect([response.status, title(response)]).to.deep.equal([
          503,
          "Cordon cannot be reached now",
        ]);
        expect(response.body).to.include("npx cordon approve").and.not.include("TimeoutError");
        expect(response.log.why).to.include("TimeoutError");
      }
    }
    expect(here.answer).to.equal(undefined);
  });

  it("says where it is not known whether an answer was taken", async () => {
    const here = await AskedPage.open();
    const { ask } = here.ports();
    const lost = here.ports({
      ask: async (request): Promise<AnswerReport> =>
        "see" in request ? ask(request) : unreachable(),
    });
    const response = await here.post(await here.link(), {}, { ports: lost });
    expect(response.status).to.equal(503);
    expect(response.body).to.include("It is not known whether your answer was taken.");
  });

  it("lets the same person go on where the workflow did not get the answer", async () => {
    const here = await AskedPage.open();
    const token = await here.link();
    const first = await here.post(token, {}, { ports: here.ports({}, { succeed: unreachable }) });
    expect(first.status).to.equal(503);
    expect(problem(first)).to.match(/^The answer is recorded, but the workflow/);
    expect(here.world.sent).to.deep.equal([]);
    expect((await here.post(token)).status).to.equal(303);
    expect(here.world.sent).to.have.lengthOf(1);
  });
});
