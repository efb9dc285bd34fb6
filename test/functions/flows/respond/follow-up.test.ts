import { expect } from "chai";
import { followUp } from "../../../../functions/flows/respond/follow-up";
import type { Incident } from "../../../../functions/model/incident";
import type { Notice } from "../../../../functions/notify/notice";
import type { IncidentRecord } from "../../../../functions/record/journal";
import * as builders from "../../../support/builders";

const created = {
  EventId: "1",
  CloudTrailEvent: JSON.stringify({
    eventTime: "2026-11-20T10:01:00Z",
    eventSource: "iam.amazonaws.com",
    eventName: "CreateUser",
    awsRegion: "us-east-1",
    requestParameters: { userName: "bridge" },
  }),
};

async function follow(
  incident: Incident,
  regions: Record<string, readonly object[] | Error>,
  recorded: Partial<IncidentRecord> = {},
) {
  const notices: Notice[] = [];
  const asked: unknown[] = [];
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
  const now = new Date("2026-11-20T10:25:00Z");
  const answer = await followUp(
    { task: "follow-up", incident: incident.key },
    {
      now: () => now,
      sleep: async () => undefined,
      until: now.getTime() + 60_000,
      publish: async (notice) => void notices.push(notice),
      journal: {
        find: async () => record,
        notice: async (_record, what) => void noticed.push(what),
      },
      regions: Object.keys(regions),
      history: async () => ({
        async page(region, { by, value, from, to }) {
          asked.push([region, `${by} ${value}`, from.toISOString(), to.toISOString()]);
          const found = regions[region] ?? [];
          if (found instanceof Error) throw found;
          return { events: found };
        },
      }),
    },
  );
  return { notices, asked, noticed, answer };
}

/** A call of a session of a role: fields of a CloudTrail record that the documentation shows. */
const bySession = (role: string) => ({
  EventId: role,
  CloudTrailEvent: JSON.stringify({
    ...JSON.parse(created.CloudTrailEvent),
    userIdentity: {
      type: "AssumedRole",
      arn: `arn:aws:sts::222233334444:assumed-role/${role}/alice@example.com`,
      sessionContext: { sessionIssuer: { type: "Role", userName: role } },
    },
  }),
});

describe("the follow-up of a contained principal [P9]", () => {
  it("notifies what the user made since an hour before its first activity, with commands", async () => {
    const incident = builders.userIncident({ firstSeen: "2026-11-20T09:00:00Z" });
    const { notices, asked } = await follow(incident, { "eu-west-1": [created], "us-east-1": [] });
    expect(asked).to.deep.equal([
      ["us-east-1", "Username deploy", "2026-11-20T08:00:00.000Z", "2026-11-20T10:25:00.000Z"],
      ["eu-west-1", "Username deploy", "2026-11-20T08:00:00.000Z", "2026-11-20T10:25:00.000Z"],
    ]);
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] URGENT What the contained principal made: deploy in 222233334444",
    ]);
    expect(notices[0]!.text).to.include(
      "  - 2026-11-20T10:01:00Z us-east-1 iam:CreateUser: user bridge\n",
    );
    expect(notices[0]!.text).to.include(
      "Contain each, with credentials of account 222233334444\n  - aws iam attach-user-policy --user-name bridge --policy-arn arn:aws:iam::aws:policy/AWSDenyAll\n",
    );
  });

  it("looks a role's session up by its name", async () => {
    const { asked } = await follow(builders.roleIncident(), {});
    expect(asked).to.have.length(1);
    expect((asked[0] as string[])[1]).to.equal("Username alice@example.com");
  });

  it("remembers that it notified, and looks from there the next time", async () => {
    const incident = builders.userIncident({ firstSeen: "2026-11-20T09:00:00Z" });
    const { noticed, answer } = await follow(incident, { "us-east-1": [created] });
    expect(noticed).to.deep.equal(["follow-up"]);
    expect(answer.outcome).to.equal("notified");
    const noticedAt = { "follow-up": "2026-11-20T10:20:00.000Z" };
    const { asked } = await follow(incident, { "us-east-1": [] }, { noticedAt });
    expect((asked[0] as string[])[2]).to.equal("2026-11-20T10:05:00.000Z");
  });

  it("looks a renamed user up under both of its names", async () => {
    const denied = { kind: "deny-user", user: { name: "deploy-2", arn: "" } };
    const plan = { stages: [{ name: "credentials", steps: [denied] }] };
    const { asked } = await follow(builders.userIncident(), { "us-east-1": [] }, {
      plan,
    } as unknown as Partial<IncidentRecord>);
    expect((asked as string[][]).map(([, value]) => value)).to.deep.equal([
      "Username deploy",
      "Username deploy-2",
    ]);
  });

  it("leaves out what a session of the same name made through another role", async () => {
    const { id } = builders.roleIncident().resource;
    const { notices } = await follow(builders.roleIncident(), {
      "us-east-1": [bySession(id), bySession("another")],
    });
    expect(notices[0]!.text.match(/: user bridge\n/g)).to.have.length(1);
  });

  it("answers for an instance that nothing is looked up", async () => {
    const { answer, asked } = await follow(builders.incident(), { "us-east-1": [created] });
    expect(answer.outcome).to.equal("logged");
    expect(asked).to.deep.equal([]);
  });

  it("stays silent where nothing was made", async () => {
    expect((await follow(builders.userIncident(), { "us-east-1": [] })).notices).to.deep.equal([]);
  });

  it("names a region that could not be read", async () => {
    const { notices } = await follow(builders.userIncident(), { "eu-west-1": new Error("denied") });
    expect(notices[0]!.text).to.include(
      "  - eu-west-1: aws cloudtrail lookup-events --region eu-west-1 --lookup-attributes AttributeKey=Username,AttributeValue=deploy\n",
    );
  });
});
