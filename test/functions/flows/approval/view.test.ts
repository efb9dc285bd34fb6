import { expect } from "chai";
import { viewOf } from "../../../../functions/flows/approval/view";
import type { IncidentRecord } from "../../../../functions/record/journal";
import type { PageLink } from "../../../../functions/record/page-links";
import { AskedWorld, alice } from "../../../support/asked";
import * as builders from "../../../support/builders";

/** What is seen of an incident that waits, after changes to its record. */
async function seen(
  change: (record: IncidentRecord) => IncidentRecord = (record) => record,
  link: Partial<PageLink> = {},
) {
  const here = await AskedWorld.open();
  const about = { incident: here.record.id, digest: here.digest, expires: 2_000_000_000 };
  return viewOf(
    { kind: "view", ...about, ...link } as PageLink,
    { record: change(here.record), approval: here.approvals.items[0] },
    new Date(here.clock),
  );
}
const withFinding =
  (finding: Partial<IncidentRecord["incident"]["finding"]>) =>
  (record: IncidentRecord): IncidentRecord => ({
    ...record,
    incident: { ...record.incident, finding: { ...record.incident.finding, ...finding } },
  });

describe("what people see of an approval [C5] [R12]", () => {
  it("is the finding, the plan with values before and after, what stops, and until when", async () => {
    const view = await seen();
    expect(view).to.deep.include({
      title: `Contain instance: ${builders.instanceId}`,
      resource: `instance ${builders.instanceId}`,
      account: "Web shop (222233334444)",
      region: "eu-central-1",
      state: "waits",
      askedAt: "2026-11-20T10:05:00.000Z",
      expiresAt: "2026-11-20T14:05:00.000Z",
    });
    expect(view?.steps[11]).to.deep.equal({
      does: "eni-01: sg-admin, sg-web → quarantine only",
      change: {
        before: "sg-admin, sg-web",
        after: "sg-quarantine",
        undo: "move eni-01 back to sg-admin, sg-web",
      },
    });
    expect(view?.steps[3]?.change).to.deep.equal({
      before: "terminate",
      after: "stop",
      undo: `set instanceInitiatedShutdownBehavior of ${builders.instanceId} back to terminate`,
    });
    expect(view?.blastRadius).to.include(`deny role web sessions issued to ${builders.instanceId}`);
    expect(view?.finding.detective).to.equal(
      "https://console.aws.amazon.com/detective/home?region=eu-central-1#findings/GuardDuty/1ab2c3d4e5f60718293a4b5c6d7e8f90",
    );
    expect(view).not.to.have.property("by");
  });

  it("names who may answer with the link", async () => {
    expect(await seen(undefined, { kind: "answer", by: alice })).to.include({ by: alice });
  });

  it("is in one line and bounded, whoever wrote it", async () => {
    const view = await seen(
      withFinding({
        title: `a\nb\u202e${"c".repeat(1_000)}`,
        seen: [`to \u2028${"e".repeat(500)}`],
        named: [`bucket \r\n${"d".repeat(500)}`],
      }),
    );
    expect(view?.finding.title).to.match(/^a b c{395}…$/);
    expect(view?.finding.seen[0]).to.match(/^to e{396}…$/);
    expect(view?.finding.named[0]).to.match(/^bucket d{392}…$/);
  });

  it("links to Amazon Detective only from what GuardDuty sent", async () => {
    const link = "https://us-east-1.console.aws.amazon.com/securityhub/home";
    expect((await seen(withFinding({ link })))?.finding)
      .to.include({ link })
      .and.not.have.property("detective");
    expect((await seen(withFinding({ id: "../#x" })))?.finding).not.to.have.property("detective");
  });

  it("has no values of a plan that has been replaced or begun", async () => {
    const view = await seen((record) => ({ ...record, status: "contained" }));
    expect(view).to.include({ state: "over" });
    expect(view?.steps[11]).to.deep.equal({
      does: "quarantine-interface: eni-01: sg-admin, sg-web → quarantine only",
    });
  });

  it("is nothing for a link of another incident, or about a plan that nobody was asked about", async () => {
    expect(await seen(undefined, { incident: "0123456789abcdef-1" })).to.equal(undefined);
    const here = await AskedWorld.open();
    const link = {
      kind: "view",
      incident: here.record.id,
      digest: "0".repeat(64),
      expires: 2_000_000_000,
    } as const;
    const asked = { record: here.record, approval: undefined };
    expect(viewOf(link, asked, new Date(here.clock))).to.equal(undefined);
    expect(viewOf({ ...link, digest: here.digest }, asked, new Date(here.clock))).to.include({
      state: "soon",
    });
  });
});
