import { expect } from "chai";
import { ask, tell } from "../../../../functions/flows/approval/ask";
import { AskedWorld, alice, token } from "../../../support/asked";

describe("what people are asked [C5] [R12]", () => {
  const asker = (here: AskedWorld, approvers: readonly string[] = []) => ({
    ...here.askPorts(),
    approvers,
  });
  const asked = ({ record, digest }: AskedWorld, quiet = false) => ({
    incident: record.id,
    digest,
    quiet,
  });
  const begin = (here: AskedWorld) => {
    const item = here.world.items[here.record.id];
    if (item) item.status = "containing";
  };
  const replace = (here: AskedWorld) => {
    const item = here.world.items[here.record.id];
    if (item) item.record = { ...item.record, plannedAt: "2026-11-20T11:00:00.000Z" };
  };

  it("says until when, by whom, what stops and how it is undone, and keeps the token apart", async () => {
    const here = await AskedWorld.open(8);
    const [approval] = here.approvals.items;
    expect(approval?.expiresAt).to.equal("2026-11-20T18:05:00.000Z");
    expect(approval?.approvers).to.deep.equal([
      "principals of the security account that may invoke cordon-approve",
    ]);
    expect(approval?.blastRadius).to.include("eni-01: sg-admin, sg-web → quarantine only");
    expect(JSON.stringify(here.approvals.items)).not.to.include(token);
    expect(await here.approvals.token(here.record.id, here.digest)).to.equal(token);
  });

  it("have what the principal did before them, as it was read", async () => {
    const here = await AskedWorld.open();
    here.approvals.items.length = 0;
    const excerpt = {
      from: "2026-11-20T04:00:00.000Z",
      to: "2026-11-20T10:05:00.000Z",
      calls: [],
      found: 0,
      missing: ["CloudTrail could not be read: AccessDenied"],
    };
    const wait = { token, from: "2026-11-20T10:06:00.000Z", hours: 4 };
    const reads: (readonly [string, boolean])[] = [];
    const ports = {
      ...asker(here),
      excerpt: async ({ id }: { readonly id: string }, quiet: boolean) => {
        reads.push([id, quiet]);
        return excerpt;
      },
    };
    expect(await ask(asked(here, true), wait, ports)).to.deep.equal({ outcome: "asked" });
    expect(here.approvals.items[0]?.excerpt).to.deep.equal(excerpt);
    expect(reads).to.deep.equal([[here.record.id, true]]);
  });

  for (const [what, change] of [
    ["begun", begin],
    ["replaced", replace],
  ] as const) {
    it(`is nothing where the plan was ${what} before, or unanswered and rejected since`, async () => {
      const here = await AskedWorld.open();
      here.approvals.items.length = 0;
      const notices = here.world.notices.length;
      change(here);
      const wait = { token, from: "2026-11-20T10:06:00.000Z", hours: 4 };
      expect(await ask(asked(here), wait, asker(here))).to.deep.equal({ outcome: "overtaken" });
      expect(here.approvals.items).to.deep.equal([]);
      for (const how of ["unanswered", "rejected"] as const) {
        expect(await tell(how, asked(here), asker(here))).to.deep.equal({ outcome: "overtaken" });
      }
      expect(here.world.notices).to.have.lengthOf(notices);
    });
  }

  it("is escalated where nobody answered, urgently and for other teams' programs, too", async () => {
    const here = await AskedWorld.open();
    expect(await tell("unanswered", asked(here), asker(here))).to.deep.equal({ outcome: "told" });
    const notice = here.world.notices.at(-1);
    expect(notice?.subject).to.match(
      /^\[Cordon\] URGENT Not approved in time: no change made: i-0a1b/,
    );
    expect(notice?.text).to.include(
      `  - Nobody answered the approval of incident ${here.record.id} until 2026-11-20T14:05:00.000Z: nothing was changed\n`,
    );
    expect(notice?.incident).to.include({ status: "notified", incident: here.record.id });
  });

  it("is not escalated by itself where one alert stands for many", async () => {
    const here = await AskedWorld.open();
    const notices = here.world.notices.length;
    expect(await tell("unanswered", asked(here, true), asker(here))).to.deep.equal({
      outcome: "quiet",
    });
    expect(here.world.notices).to.have.lengthOf(notices);
    await tell("rejected", asked(here, true), asker(here));
    expect(here.world.notices).to.have.lengthOf(notices + 1);
  });

  it("is notified with name and reason where it was rejected", async () => {
    const here = await AskedWorld.open();
    await here.give({ decision: "reject", reason: "a load test" });
    await tell("rejected", asked(here), asker(here));
    const notice = here.world.notices.at(-1);
    expect(notice?.subject).to.match(/^\[Cordon\] Plan rejected: no change made: /);
    expect(notice?.text).to.include(`was rejected by ${alice}: a load test\n`);
  });

  it("is notified truly where an answer did not reach the workflow in time", async () => {
    const here = await AskedWorld.open();
    await here.give({}, { succeed: () => Promise.reject(new Error("down")) });
    await tell("unanswered", asked(here), asker(here));
    expect(here.world.notices.at(-1)?.text).to.include(
      `  - The answer of ${alice} to the approval of incident ${here.record.id} did not reach Cordon until 2026-11-20T14:05:00.000Z: nothing was changed\n`,
    );
  });
});
