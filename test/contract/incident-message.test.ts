import { expect } from "chai";
import { type IncidentMessage, parseIncidentMessage } from "../../contract/incident-message";
import { exposureNotice } from "../../functions/flows/exposed-key/notice";
import { incidentNews } from "../../functions/notify/incident-news";
import type { Notice } from "../../functions/notify/notice";
import * as builders from "../support/builders";
import { AwsError, type LoggedCall } from "../support/memory-account";
import { answered, SimulatedWorld } from "../support/simulated-world";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
const at = "2026-11-20T10:06:00.000Z";

/** Publishes a notice as the adapter does, and reads it as a consumer does. */
function received(notice: Notice | undefined): IncidentMessage {
  if (notice?.incident === undefined) throw new Error("The notice holds nothing for programs");
  return parseIncidentMessage(JSON.stringify({ ...notice.incident, at }));
}

/** What every message about the incident of these tests holds, whatever its status. */
const about = {
  format: "cordon-incident/1",
  at,
  account: { id: "222233334444", name: "Web shop" },
  region: "eu-central-1",
  resource: "i-0a1b2c3d4e5f60718",
  playbook: "contain-instance",
  finding: {
    id: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
    type: "CryptoCurrency:EC2/BitcoinTool.B",
    severity: 8,
    sample: false,
    lastSeen: "2026-11-20T10:00:00.000Z",
  },
} as const;

describe("the message that other teams' programs get [P10]", () => {
  it("says that an incident is contained, and later that it is released", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    await world.release(id);
    const [contained, released] = world.notices.map(received) as [IncidentMessage, IncidentMessage];
    const { id: first, revision, ...rest } = contained;
    expect(first).to.match(/^[0-9a-f]{16}$/);
    expect(revision).to.match(/^[0-9a-f]{8}$/);
    expect(rest).to.deep.equal({
      ...about,
      status: "contained",
      incident: id,
      plannedAt: "2026-11-20T10:05:00.000Z",
      reasons: [
        "Severity 8 meets the threshold of 7, the instance began the activity (it opened the connection), and every guard passed",
      ],
    });
    expect({ ...released, id: first }).to.deep.equal({
      ...contained,
      status: "released",
      reasons: ["Every change was reverted or left in place by design"],
    });
    expect(released.id).not.to.equal(first);
  });

  it("has the same id when a response that died after publishing publishes again", async () => {
    const alive = new SimulatedWorld(builders.standardAccount());
    const { calls } = await alive.answer(incident);
    const publishing = calls.findIndex((call) => call.method === "topic.publish") + 1;
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident, { death: { at: publishing, when: "after" } });
    world.outlastLease();
    answered(await world.answer(incident, { delivery: 2 }));
    const ids = world.notices.map((notice) => received(notice).id);
    expect(ids).to.have.lengthOf(2);
    expect(new Set(ids).size).to.equal(1);
  });

  it("names the plan of a dry run and of one that waits for approval", async () => {
    const dry = new SimulatedWorld(builders.standardAccount());
    await dry.answer(incident, { policy: { mode: "dry-run" } });
    const asked = new SimulatedWorld(builders.identityAccount());
    await asked.answer(
      builders.roleIncident({}, { id: "thumbnails", session: "thumbnails", key: builders.roleKey }),
    );
    const planned = received(dry.notices[0]);
    expect(planned).to.include({ status: "dry-run", incident: id, playbook: "contain-instance" });
    expect(planned.revision).to.equal(Object.values(dry.items)[0]?.record.revision);
    expect(planned.reasons[0]).to.equal("This deployment runs in dry-run mode");
    expect(received(asked.notices[0])).to.include({
      status: "awaiting-approval",
      incident: `${builders.roleKey}-1`,
      resource: "role thumbnails",
    });
  });

  it("names no incident for a plan that was requested, whatever the journal holds", async () => {
    const world = new SimulatedWorld(builders.identityAccount());
    const role = { id: "thumbnails", session: "thumbnails", key: builders.roleKey };
    await world.answer(builders.roleIncident({}, role));
    const requestedAt = "2026-11-20T10:20:00Z";
    await world.answer(builders.roleIncident({ requestedAt, dryRun: true }, role));
    const [planned, asked] = world.notices.map(received);
    expect(planned).to.include({
      status: "awaiting-approval",
      incident: `${builders.roleKey}-1`,
    });
    expect(asked?.status).to.equal("dry-run");
    expect(asked).not.to.have.any.keys("incident", "revision", "plannedAt");
    expect(world.notices[1]?.text).to.include("\nPlanned steps\n");
    expect(world.notices[1]?.text).not.to.match(/^Incident /m);
  });

  it("gives the reason why a finding changed nothing, and names no incident", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(builders.incident(builders.byOutsider));
    const { id: _, reasons, ...rest } = received(world.notices[0]);
    expect(rest).to.deep.equal({ ...about, status: "notified" });
    expect(reasons).to.have.lengthOf.at.least(1);
  });

  it("names the steps that failed, and whether they are retried", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const refuse = {
      fault: (call: { readonly method: string }) =>
        call.method === "compute.snapshotVolumes"
          ? Object.assign(new Error("no"), { name: "SnapshotCreationPerVolumeRateExceeded" })
          : undefined,
    };
    await world.answer(incident, refuse);
    world.outlastLease();
    await world.answer(incident, { ...refuse, delivery: 5 });
    const messages = world.notices.map(received);
    expect(messages.map(({ status, reasons }) => [status, reasons[0]])).to.deep.equal([
      ["contained-in-part", "Cordon tries the failed steps again"],
      ["contained-in-part", "The failed steps must be done manually"],
    ]);
    expect(messages[0]?.reasons[1]).to.include("SnapshotCreationPerVolumeRateExceeded: no");
  });

  it("reports changes that a release did not revert, and a release that is unfinished", async () => {
    const drifted = new SimulatedWorld(builders.standardAccount());
    await drifted.answer(incident);
    drifted.state.interfaces["eni-01"]!.groups = ["sg-data"];
    await drifted.release(id);
    expect(received(drifted.notices.at(-1))).to.deep.include({
      status: "released-in-part",
      reasons: [
        "Some changes were not reverted",
        "11 more are kept in place.",
        "move eni-01 back to sg-admin, sg-web: it was changed after the containment.",
      ],
    });
    const full = new SimulatedWorld(builders.standardAccount());
    await full.answer(incident);
    const throttled = new AwsError("RequestLimitExceeded", "Request limit exceeded.");
    const fault = ({ method }: LoggedCall) => (method === "scaling.attach" ? throttled : undefined);
    await full.release(id, { fault });
    const { status, reasons } = received(full.notices.at(-1));
    expect(status).to.equal("release-unfinished");
    expect(reasons[0]).to.equal("Some changes could not be reverted; run the release again");
    expect(reasons[2]).to.match(/^attach .* to Auto Scaling group web-asg.*RequestLimitExceeded/);
  });

  it("reports that the response to an exposed key failed; every other outcome was reported before", () => {
    const named = { place: builders.place, finding: builders.finding(), userName: "build" };
    const failure = { Error: "Lambda.Unknown", Cause: "out of memory" };
    expect(received(exposureNotice({ failure }, named))).to.deep.include({
      status: "failed",
      account: { id: "222233334444", name: "222233334444" },
      resource: "user build, access key not named",
      reasons: [
        "The response failed after several tries (Lambda.Unknown: out of memory). The key may still work. The journal records which steps took effect.",
      ],
    });
    const cut = { outcome: "contained", reason: "Severity 9 meets the threshold of 7" } as const;
    expect(exposureNotice({ cut }, named)).not.to.have.property("incident");
  });

  it("stays small and plain, whatever text the event holds", () => {
    const subject = {
      finding: builders.finding(),
      place: builders.place,
      accountName: "Web shop",
      resource: "i-0a1b2c3d4e5f60718",
    };
    const long = Array.from({ length: 40 }, () => `Line\u2028break\u0007${"x".repeat(5_000)}`);
    const news = incidentNews(subject, "notified", long);
    expect(news.reasons).to.have.lengthOf(10);
    expect(new Set(news.reasons)).to.deep.equal(new Set([`Line break ${"x".repeat(288)}…`]));
    // SNS takes 262,144 bytes, the text for responders included.
    expect(Buffer.byteLength(JSON.stringify(news))).to.be.lessThan(4_000);
  });

  it("is refused where it is of another format, and read where it holds more", () => {
    const news = incidentNews(
      {
        finding: builders.finding(),
        place: builders.place,
        accountName: "Web shop",
        resource: "root user",
      },
      "notified",
      ["Because"],
    );
    const message = { ...news, at };
    expect(parseIncidentMessage(JSON.stringify({ ...message, more: 1 }))).to.deep.equal(message);
    expect(() =>
      parseIncidentMessage(JSON.stringify({ ...message, format: "cordon-incident/2" })),
    ).to.throw(/cordon-incident\/1/);
    expect(() => parseIncidentMessage("Alarm")).to.throw(SyntaxError);
    const later = { ...message, status: "approved" };
    expect(parseIncidentMessage(JSON.stringify(later)).status).to.equal("approved");
  });
});
