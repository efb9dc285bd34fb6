import { expect } from "chai";
import { findingStatus } from "../../../functions/notify/finding-status";
import type { Approval } from "../../../functions/record/approvals";
import type { IncidentRecord } from "../../../functions/record/journal";
import * as builders from "../../support/builders";

const id = "f306fc2273fcd649-1";
const at = "2026-11-21T10:00:00.000Z";
const record = (changes: Partial<IncidentRecord> = {}): IncidentRecord => ({
  id,
  epoch: 1,
  incident: builders.incident(),
  accountName: "Web shop",
  reasons: [],
  plan: { stages: [], residual: [], nextSteps: [] },
  revision: "0011aabb",
  status: "contained",
  plannedAt: "2026-11-21T09:00:00.000Z",
  containedAt: at,
  marks: { 0: "done", 1: "gone" },
  ...changes,
});
const see = `npx cordon show ${id}`;
const undo = `npx cordon release ${id} --reason "WHY"`;
const release = { by: "arn:aws:iam::444455556666:user/ana", reason: "looked at it", at };
const mark = builders.exception(
  { incident: builders.incidentKey },
  { kind: "false-positive", reason: "our own scanner" },
);
const asked: Approval = {
  incident: id,
  digest: "d",
  revision: "0011aabb",
  playbook: "contain-instance",
  target: "instance",
  blastRadius: [],
  steps: [],
  undo,
  approvers: [],
  askedAt: at,
  expiresAt: "2026-11-22T10:00:00.000Z",
};
const answer = (decision: "approve" | "reject") => ({
  ...asked,
  answer: { decision, by: release.by, reason: "we watch the intruder", at },
});

describe("what Security Hub says of an incident [E5]", () => {
  it("is what was done, and how to undo it", () => {
    expect(findingStatus(record(), {})).to.deep.equal({
      status: "NOTIFIED",
      note: `Cordon contained the target at ${at}, incident ${id}. To undo: ${undo}`,
    });
  });

  it("is that steps are left to people", () => {
    const note = (marks: IncidentRecord["marks"]) => findingStatus(record({ marks }), {})?.note;
    expect(note({ 0: "done", 1: "by-hand" })).to.equal(
      `Cordon contained the target in part at ${at}, incident ${id}. A step failed, to be done by hand: ${see}. To undo: ${undo}`,
    );
    expect(note({ 0: "by-hand", 1: "by-hand" })).to.contain("2 steps failed, to be done by hand");
  });

  it("is that something is under way", () => {
    expect(findingStatus(record({ status: "containing" }), {})).to.deep.equal({
      status: "NOTIFIED",
      note: `Cordon contains the target, incident ${id}. It has not ended: ${see}`,
    });
    expect(findingStatus(record({ status: "releasing", release }), {})).to.deep.equal({
      status: "NOTIFIED",
      note: `A release of incident ${id} began at ${at}, and has not ended: ${see}`,
    });
  });

  it("is that the finding is resolved, once what was contained is released, and not before", () => {
    const released = { status: "released", releasedAt: at, release } as const;
    const note = `Incident ${id} was released at ${at}: ${see}`;
    expect(findingStatus(record(released), {})).to.deep.equal({ status: "RESOLVED", note });
    const { containedAt: _, ...never } = record(released);
    expect(findingStatus(never, {})).to.deep.equal({ status: "NOTIFIED", note });
  });

  it("is that a plan waits, until when, or was rejected; never who said so or why", () => {
    const said = (approval?: Approval) =>
      findingStatus(record({ status: "planned" }), { ...(approval && { approval }) });
    const plan = `Cordon made no change: the plan of incident ${id}`;
    expect(said()).to.deep.equal({
      status: "NOTIFIED",
      note: `${plan} waits for an approval. ${see}`,
    });
    const until = `${plan} waits for an approval until 2026-11-22T10:00:00.000Z. ${see}`;
    expect(said(asked)?.note).to.equal(until);
    expect(said(answer("approve"))?.note).to.equal(until);
    expect(said(answer("reject"))).to.deep.equal({
      status: "NOTIFIED",
      note: `${plan} was rejected at ${at}. ${see}`,
    });
  });

  it("is nothing of a dry run, whatever is said of its finding", () => {
    const dryRun = record({ status: "planned", dryRun: "This deployment runs in dry-run mode" });
    expect(findingStatus(dryRun, { mark })).to.equal(undefined);
  });

  it("is that a responder calls it a false positive, beside what became of the target", () => {
    expect(findingStatus(record(), { mark })).to.deep.equal({
      status: "SUPPRESSED",
      note: `Marked as a false positive at 2026-11-01T09:00:00.000Z. Cordon contained the target at ${at}, incident ${id}. To undo: ${undo}`,
      falseBy: "1a2b3c4d",
    });
    const released = record({ status: "released", releasedAt: at, release });
    expect(findingStatus(released, { mark })?.status).to.equal("SUPPRESSED");
  });

  it("fits into a note of Security Hub, at its longest", () => {
    const longest = record({
      marks: Object.fromEntries([...Array(99).keys()].map((n) => [n, "by-hand"])),
    });
    const { note = "" } = findingStatus(longest, { mark }) ?? {};
    expect(note.length).to.be.within(250, 512);
  });
});
