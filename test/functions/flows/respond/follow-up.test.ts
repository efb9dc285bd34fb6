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

async function follow(incident: Incident, regions: Record<string, readonly object[] | Error>) {
  const notices: Notice[] = [];
  const asked: unknown[] = [];
  const record = { id: "0f3a9c1d2b4e5f60-1", accountName: "shop", incident } as IncidentRecord;
  await followUp(record, {
    now: () => new Date("2026-11-20T10:25:00Z"),
    publish: async (notice) => void notices.push(notice),
    regions: Object.keys(regions),
    history: {
      async events(region, { username, from, to }) {
        asked.push([region, username, from.toISOString(), to.toISOString()]);
        const found = regions[region] ?? [];
        if (found instanceof Error) throw found;
        return { events: found, incomplete: false };
      },
    },
  });
  return { notices, asked };
}

describe("the follow-up of a contained principal [P9]", () => {
  it("notifies what the user made since an hour before its first activity, with commands", async () => {
    const incident = builders.userIncident({ firstSeen: "2026-11-20T09:00:00Z" });
    const { notices, asked } = await follow(incident, { "eu-west-1": [created], "us-east-1": [] });
    expect(asked).to.deep.equal([
      ["us-east-1", "deploy", "2026-11-20T08:00:00.000Z", "2026-11-20T10:25:00.000Z"],
      ["eu-west-1", "deploy", "2026-11-20T08:00:00.000Z", "2026-11-20T10:25:00.000Z"],
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
    expect((asked[0] as string[])[1]).to.equal("alice@example.com");
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
