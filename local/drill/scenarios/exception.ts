/** Scenario: an exception is added, counts at once and ends by itself. */
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { partitions } from "../../../functions/catalogue/journal-partitions";
import type { Exception } from "../../../functions/record/exceptions";
import { homeRegion, members, security } from "../../gateway/accounts";
import { trustedConfig } from "../../gateway/client";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import type { DrillSession } from "../session";
import { cordon, isolatedAmong, requested } from "./command";
import { contained, notices, subjects } from "./credential-checks";
import { isDryRun, release, type Scenario, touchesTarget } from "./scenario";

const name = "exception";
const [, platform] = members as [(typeof members)[number], (typeof members)[number]];

export const exception: Scenario = {
  name,
  title: "An exception stops automatic containment at once, not a person's request, and ends",
  async seed({ organization: { gateway } }) {
    const vpc = await seedVpc(
      gateway,
      { account: platform.id, region: homeRegion },
      { groups: ["lab"] },
    );
    return seedInstance(gateway, vpc, { interfaces: [["lab"]], volumes: 1 });
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const target = seeded as SeededInstance;
    // The day may end while the scenario runs.
    const today = dayIn(session, 10 * 60_000);
    const about = ["--resource", target.arn, "--reason", "a miner lab", "--owner", "team-lab"];
    const added = await cordon<Exception>(session, "except", "add", ...about, "--expires", today);
    const isHeld = async (what: string) => {
      const finding = instanceFinding({ ...target, instance: target.id });
      const { injected } = await contained(session, finding, name, "notified");
      session.check(
        `${what}: nothing is changed`,
        injected.calls.every(({ action, mutating }) => !mutating || !touchesTarget(action)),
      );
      return injected;
    };
    try {
      const held = await isHeld("an exception of its last day, a moment after it was added");
      session.check(
        "the notice is urgent, and names the exception, its owner, its end and its reason",
        subjects(held).every((subject) => subject.startsWith("[Cordon] URGENT")) &&
          notices(held).some((text) =>
            text.includes(`Exception ${added.id} of team-lab until ${today}: a miner lab`),
          ),
      );

      const asked = await requested(session, target, name);
      const incident = asked.results.find(({ outcome }) => outcome === "contained")?.incident;
      session.check("a person's request is carried out", incident != null);
      session.check(
        "its notice says what it passed",
        notices(asked).some((text) =>
          text.includes(`Without the request Cordon would have asked first: Exception ${added.id}`),
        ),
      );
      if (incident != null) await release(session, incident);
      await isHeld("after the release");

      await endYesterday(session, added);
      const finding = instanceFinding({ ...target, instance: target.id });
      const after = await contained(session, finding, name);
      session.check(
        "a day later the exception has ended by itself: the instance is isolated",
        (await isolatedAmong(session, [target])).length === 1,
      );
      if (after.incident !== undefined) await release(session, after.incident);
    } finally {
      await cordon(session, "except", "remove", added.id);
    }
    const left = await cordon<readonly Exception[]>(session, "except", "list");
    session.check(
      "the exception is removed",
      left.every(({ id }) => id !== added.id),
    );
  },
};

/** Dates the last day of an exception back, in place of a day that passes for every scenario. */
async function endYesterday(session: DrillSession, { id }: Exception): Promise<void> {
  const { gateway, contract } = session.organization;
  const yesterday = dayIn(session, -86_400_000);
  await new DynamoDBClient(trustedConfig(gateway, security.id, "analyst")).send(
    new UpdateItemCommand({
      TableName: contract.journalTableName,
      Key: { incident: { S: `${partitions.exceptions}register` }, item: { S: id } },
      UpdateExpression: "SET expires = :yesterday",
      ConditionExpression: "attribute_exists(incident)",
      ExpressionAttributeValues: { ":yesterday": { S: yesterday } },
    }),
  );
}

/** Names a day in UTC, so many milliseconds from now by the functions' clock. */
function dayIn(session: DrillSession, ms: number): string {
  return new Date(session.organization.lambda.now().getTime() + ms).toISOString().slice(0, 10);
}
