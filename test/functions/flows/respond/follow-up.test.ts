import { expect } from "chai";
import { followUp } from "../../../../functions/flows/respond/follow-up";
import type { LookedUpEvent } from "../../../../functions/history/event-history";
import type { Incident } from "../../../../functions/model/incident";
import type { Notice } from "../../../../functions/notify/notice";
import type { IncidentRecord } from "../../../../functions/record/journal";
import * as builders from "../../../support/builders";

/** A call: fields of a CloudTrail record that the documentation shows. */
const call = (EventId: string, name: string, userIdentity?: object, more: object = {}) => ({
  EventId,
  EventName: name,
  EventSource: "iam.amazonaws.com",
  EventTime: new Date("2026-11-20T10:01:00Z"),
  CloudTrailEvent: JSON.stringify({
    eventTime: "2026-11-20T10:01:00Z",
    eventSource: "iam.amazonaws.com",
    eventName: name,
    awsRegion: "us-east-1",
    requestParameters: { userName: "bridge" },
    ...(userIdentity && { userIdentity }),
    ...more,
  }),
});
const created = call("1", "CreateUser");
const refused = (code: string) => Object.assign(new Error("The token is invalid."), { name: code });

/** A region's events, all on one page, or by page, newest first. */
type Region = readonly LookedUpEvent[] | readonly (readonly LookedUpEvent[])[] | Error;

async function follow(
  incident: Incident,
  regions: Record<string, Region>,
  recorded: object = {},
  seconds = 60,
) {
  const notices: Notice[] = [];
  const asked: string[][] = [];
  const noticed: string[] = [];
  const plan = { summary: "", open: [], residual: [], nextSteps: [], stages: [] };
  const id = "0f3a9c1d2b4e5f60-1";
  const record = {
    id,
    accountName: "shop",
    plan,
    incident,
    ...recorded,
  } as unknown as IncidentRecord;
  let now = Date.parse("2026-11-20T10:25:00Z");
  const answer = await followUp(
    { task: "follow-up", incident: incident.key },
    {
      now: () => new Date(now),
      sleep: async (ms) => {
        now += ms;
      },
      until: now + seconds * 1_000,
      publish: async (notice) => void notices.push(notice),
      isNotEnabled: (error) => (error as Error).name === "UnrecognizedClientException",
      journal: {
        find: async () => record,
        notice: async (_record, what) => void noticed.push(what),
      },
      regions: Object.keys(regions),
      history: async () => ({
        async page(region, { by, value, from, to }, next = "0") {
          const found = regions[region] ?? [];
          asked.push([region, `${by} ${value}`, from.toISOString(), to.toISOString()]);
          if (found instanceof Error) throw found;
          const pages = (Array.isArray(found[0]) ? found : [found]) as LookedUpEvent[][];
          const more = Number(next) + 1 < pages.length;
          return { events: pages[Number(next)]!, ...(more && { next: String(Number(next) + 1) }) };
        },
      }),
    },
  );
  return { notices, asked, noticed, answer, text: notices[0]?.text ?? "" };
}

const bySession = (role: string, principalId: string) =>
  call(role, "CreateUser", {
    type: "AssumedRole",
    principalId,
    arn: `arn:aws:sts::222233334444:assumed-role/${role}/${principalId.split(":")[1]}`,
    sessionContext: { sessionIssuer: { type: "Role", userName: role } },
  });
const byUser = (principalId?: string) =>
  call(`by ${principalId}`, "CreateUser", { type: "IAMUser", userName: "deploy", principalId });
const denying = (steps: readonly object[]) => ({ plan: { stages: [{ name: "x", steps }] } });

describe("the follow-up of a contained principal [P9]", () => {
  it("notifies what the user made since an hour before its first activity, with commands", async () => {
    const incident = builders.userIncident({ firstSeen: "2026-11-20T09:00:00Z" });
    const { notices, asked, text } = await follow(incident, {
      "eu-west-1": [created],
      "us-east-1": [],
    });
    expect(asked).to.deep.equal([
      ["us-east-1", "Username deploy", "2026-11-20T08:00:00.000Z", "2026-11-20T10:25:00.000Z"],
      ["eu-west-1", "Username deploy", "2026-11-20T08:00:00.000Z", "2026-11-20T10:25:00.000Z"],
    ]);
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] URGENT What the contained principal made: deploy in 222233334444",
    ]);
    expect(text).to.include("  - 2026-11-20T10:01:00.000Z us-east-1 iam:CreateUser: user bridge\n");
    expect(text).to.include(
      "Check each, then contain it, with credentials of account 222233334444\n  - aws iam attach-user-policy --user-name=bridge --policy-arn=arn:aws:iam::aws:policy/AWSDenyAll\n",
    );
    expect(text).to.include("Regions that Cordon does not govern were not looked at.\n");
  });

  it("looks a role's session up by its name", async () => {
    const { asked } = await follow(builders.roleIncident(), {});
    expect(asked).to.have.length(1);
    expect(asked[0]![1]).to.equal("Username alice@example.com");
  });

  it("looks up the sessions of every name that the incident has denied since", async () => {
    const only = { session: "deploy", userId: "AROAEXAMPLEROLE00001:deploy" };
    const { asked } = await follow(
      builders.pipelineIncident(),
      {},
      denying([{ kind: "revoke-sessions", role: { name: "pipeline", arn: "" }, only }]),
    );
    expect(asked.map(([, what]) => what)).to.deep.equal([
      "Username GitHubActions",
      "Username deploy",
    ]);
  });

  it("looks an instance up by its id, and leaves out sessions of other roles", async () => {
    const session = `AROAEXAMPLEROLE00001:${builders.instanceId}`;
    const { asked, text } = await follow(
      builders.incident(),
      { "us-east-1": [bySession("web", session), bySession("another", session)] },
      denying([{ kind: "deny-instance-credentials", role: { name: "web", arn: "" } }]),
    );
    expect(asked[0]![1]).to.equal("Username i-0a1b2c3d4e5f60718");
    expect(text).to.include("iam:CreateUser: user bridge\n");
    expect(text).not.to.include("2 times");
  });

  it("ends the period five minutes after the containment", async () => {
    const { asked } = await follow(
      builders.userIncident(),
      {},
      {
        containedAt: "2026-11-20T10:10:00.000Z",
      },
    );
    expect(asked[0]![3]).to.equal("2026-11-20T10:15:00.000Z");
  });

  it("reads on where it comes late, as far as the next follow-up looks back", async () => {
    const { asked } = await follow(
      builders.userIncident(),
      {},
      {
        containedAt: "2026-11-20T09:00:00.000Z",
      },
    );
    expect(asked[0]![3]).to.equal("2026-11-20T10:10:00.000Z");
  });

  it("remembers that it notified, and looks from there the next time", async () => {
    const incident = builders.userIncident({ firstSeen: "2026-11-20T09:00:00Z" });
    const { noticed, answer } = await follow(incident, { "us-east-1": [created] });
    expect(noticed).to.deep.equal(["follow-up"]);
    expect(answer.outcome).to.equal("notified");
    const noticedAt = { "follow-up": "2026-11-20T10:20:00.000Z" };
    const { asked } = await follow(incident, { "us-east-1": [] }, { noticedAt });
    expect(asked[0]![2]).to.equal("2026-11-20T10:05:00.000Z");
  });

  it("reads past 3,000 denied calls that a script made since", async () => {
    const page = Array.from({ length: 50 }, (_, index) =>
      call(`d${index}`, "CreateUser", undefined, { errorCode: "AccessDenied" }),
    );
    const pages = [...Array.from({ length: 60 }, () => page), [created]];
    const { text, noticed } = await follow(builders.userIncident(), { "us-east-1": pages });
    expect(text).to.include("iam:CreateUser: user bridge\n");
    expect(text).not.to.include("Not read");
    expect(noticed).to.deep.equal(["follow-up"]);
  });

  it("names a region where time ends before its events, and begins anew the next time", async () => {
    const page = [call("d", "ListUsers")];
    const pages = [...Array.from({ length: 60 }, () => page), [created]];
    const { text, noticed } = await follow(
      builders.userIncident(),
      { "us-east-1": pages, "eu-west-1": [created] },
      {},
      5,
    );
    expect(text).to.include("Not read, or not read to the end\n  - us-east-1: aws cloudtrail");
    expect(text).to.include("iam:CreateUser: user bridge\n");
    expect(noticed).to.deep.equal([]);
  });

  it("looks a renamed user up under both of its names", async () => {
    const denied = { kind: "deny-user", user: { name: "deploy-2", arn: "" } };
    const { asked } = await follow(builders.userIncident(), { "us-east-1": [] }, denying([denied]));
    expect(asked.map(([, value]) => value)).to.deep.equal(["Username deploy", "Username deploy-2"]);
  });

  it("leaves out what a session of the same name made through another role", async () => {
    const { id } = builders.roleIncident().resource;
    const session = "AROAEXAMPLEROLE00001:alice@example.com";
    const { text } = await follow(builders.roleIncident(), {
      "us-east-1": [bySession(id, session), bySession("another", session)],
    });
    expect(text).to.include(": user bridge\n");
  });

  it("leaves out what a user of the same name made, and keeps what has no id", async () => {
    const calls = [byUser("AIDAEXAMPLEUSER000001"), byUser("AIDANAMESAKE00000001"), byUser()];
    const { text } = await follow(builders.userIncident(), { "us-east-1": calls });
    expect(text).to.include(": user bridge (2 times)\n");
    const denied = { kind: "deny-user", user: { name: "deploy", arn: "", uniqueId: "AIDA2" } };
    const unknown: Incident = {
      ...builders.userIncident(),
      resource: { kind: "user", id: "deploy" },
    };
    const { notices } = await follow(
      unknown,
      { "us-east-1": [byUser("AIDANAMESAKE00000001")] },
      denying([denied]),
    );
    expect(notices).to.deep.equal([]);
  });

  it("lists first what has a command, so that a flood of other calls hides nothing", async () => {
    const flood = Array.from({ length: 300 }, (_, index) =>
      call(`f${index}`, "CreateVirtualMFADevice", undefined, {
        requestParameters: { name: `device-${index}` },
      }),
    );
    const { text } = await follow(builders.userIncident(), { "us-east-1": [...flood, created] });
    expect(text).to.include("iam:CreateUser: user bridge\n");
    expect(text).to.include("201 more are in CloudTrail.\n");
  });

  it("fits into a message of SNS, however long the commands are", async () => {
    const items = Array.from({ length: 500 }, (_, index) => ({
      instanceId: `i-${String(index).padStart(17, "0")}`,
    }));
    const runs = Array.from({ length: 90 }, (_, index) => ({
      ...call(`r${index}`, "RunInstances", undefined, {
        awsRegion: `region-${index}`,
        responseElements: { instancesSet: { items } },
      }),
      EventSource: "ec2.amazonaws.com",
    }));
    const { text } = await follow(builders.userIncident(), { "us-east-1": [created, ...runs] });
    expect(Buffer.byteLength(text)).to.be.lessThan(262_144);
    expect(text).to.include("iam:CreateUser: user bridge\n");
    expect(text).to.match(/\n\d+ more are in CloudTrail\.\n/);
  });

  it("stays silent where nothing was made", async () => {
    expect((await follow(builders.userIncident(), { "us-east-1": [] })).notices).to.deep.equal([]);
  });

  it("names a region that could not be read, with a command for its shell", async () => {
    const incident = builders.roleIncident({}, { ...role, session: "a=b,c'd" });
    const { text, noticed } = await follow(incident, { "eu-west-1": new Error("denied") });
    expect(text).to.include(
      `  - eu-west-1: aws cloudtrail lookup-events --lookup-attributes '[{"AttributeKey":"Username","AttributeValue":"a=b,c'\\''d"}]' --region=eu-west-1\n`,
    );
    expect(noticed).to.deep.equal([]);
  });

  it("lists a region that the account has not enabled, and does not notify for that alone", async () => {
    const regions = { "af-south-1": refused("UnrecognizedClientException") };
    const { notices, answer } = await follow(builders.userIncident(), regions);
    expect([notices, answer.outcome]).to.deep.equal([[], "logged"]);
    const { text, noticed } = await follow(builders.userIncident(), {
      ...regions,
      "us-east-1": [created],
    });
    expect(text).to.include("Not enabled in the account\n  - af-south-1\n");
    expect(text).not.to.include("Not read");
    expect(noticed).to.deep.equal(["follow-up"]);
  });

  it("takes a session that IAM's own region does not know for unread, not for a region", async () => {
    const { text } = await follow(builders.userIncident(), {
      "us-east-1": refused("UnrecognizedClientException"),
    });
    expect(text).to.include("Not read, or not read to the end\n  - us-east-1: ");
  });
});

const role = { id: "analyst", key: builders.roleKey };
