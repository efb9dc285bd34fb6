/** Scenario: one wrong list calls a fleet compromised; every finding comes three times, in any order. */
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { playbookScope, windowOf } from "../../../functions/catalogue/brake-scopes";
import { partitions } from "../../../functions/catalogue/journal-partitions";
import type { HeldBrake } from "../../../functions/record/brakes";
import { homeRegion, members, security } from "../../gateway/accounts";
import { trustedConfig } from "../../gateway/client";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import type { DrillSession, Injected } from "../session";
import { cordon, isolatedAmong } from "./command";
import { contained, subjects } from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

const name = "storm";
/** No other scenario finds it. */
const type = "Backdoor:EC2/DenialOfService.Dns";
const [, platform] = members as [(typeof members)[number], (typeof members)[number]];
const scope = playbookScope("contain-instance", platform.id);
/** As Pulumi.local.yaml sets it. */
const limit = 200;
const fleet = 16;
const deliveries = 3;
/** What the brake leaves for the storm. */
const room = 4;

export const storm: Scenario = {
  name,
  title: `${fleet} instances are found at once, ${deliveries} times each: the brake lets ${room} be contained, the rest waits`,
  async seed({ organization: { gateway } }) {
    const site = { account: platform.id, region: homeRegion };
    const vpc = await seedVpc(gateway, site, { groups: ["fleet"] });
    const targets: SeededInstance[] = [];
    for (let number = 0; number < fleet; number++) {
      targets.push(await seedInstance(gateway, vpc, { interfaces: [["fleet"]], volumes: 0 }));
    }
    return targets;
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const targets = seeded as readonly SeededInstance[];
    const { organization } = session;
    await fillUp(session);
    const queue = organization.contract.responders["contain-instance"];
    const dead = await session.letters(queue);
    const findings = targets.map((target) =>
      instanceFinding({ ...target, instance: target.id, type }),
    );
    // Each once, then all again backwards, then again from the middle.
    const order = [
      ...findings,
      ...findings.toReversed(),
      ...findings.slice(fleet / 2),
      ...findings.slice(0, fleet / 2),
    ];
    await Promise.all(order.map((finding) => organization.emit(homeRegion, finding)));
    const answered = await session.settle(`scenario ${name}`);

    const begun = incidentsOf(answered, "contained");
    const isolated = await isolatedAmong(session, targets);
    session.check(
      `${room} are contained, which fills the brake, and no more`,
      begun.size === room && isolated.length === room,
    );
    const waiting = incidentsOf(answered, "awaiting-approval");
    const [brake, ...others] = await held(session);
    session.check(
      `the other ${fleet - room} are planned and wait, each listed with the brake`,
      waiting.size === fleet - room &&
        others.length === 0 &&
        // A copy of a finding may be held back while another one is being answered: both are listed.
        JSON.stringify(brake?.waiting.filter((id) => !begun.has(id))) ===
          JSON.stringify([...waiting].sort()),
    );
    session.check(
      "none is lost: no finding became a dead letter",
      begun.size + waiting.size === fleet && (await session.letters(queue)) === dead,
    );
    const sent = subjects(answered);
    session.check(
      "one alert, and no notice of what waits",
      sent.filter((subject) => subject === `[Cordon] URGENT Brake tripped: ${scope}`).length ===
        1 && sent.length === room + 1,
    );

    await cordon(session, "brake", "reset", scope, "--reason", "the list was wrong");
    session.check("a responder resets the brake", (await held(session)).length === 0);
    const left = targets.findIndex((target) => !isolated.includes(target));
    const next = await contained(session, findings[left] as (typeof findings)[number], name);
    session.check(
      "the next finding about one that waited is answered automatically",
      next.incident !== undefined && waiting.has(next.incident),
    );
    for (const incident of [...begun, next.incident ?? ""]) {
      if (incident !== "") await release(session, incident);
    }
    session.check("all of them are released", (await isolatedAmong(session, targets)).length === 0);
  },
};

function incidentsOf({ results }: Injected, wanted: string): ReadonlySet<string> {
  return new Set(
    results.flatMap(({ outcome, incident }) =>
      outcome === wanted && incident !== null ? [incident] : [],
    ),
  );
}

async function held(session: DrillSession): Promise<readonly HeldBrake[]> {
  const brakes = await cordon<readonly HeldBrake[]>(session, "brake", "list");
  return brakes.filter((brake) => brake.scope === scope);
}

/** Counts other incidents of this hour until the brake has room for few: to contain them takes long. */
async function fillUp(session: DrillSession): Promise<void> {
  const { gateway, contract, lambda } = session.organization;
  // The storm and its redeliveries take some minutes, and must not go on in the next hour.
  const minutes = lambda.now().getUTCMinutes();
  if (minutes >= 35) {
    await session.organization.pass((60 - minutes) * 60);
    await session.settle(`scenario ${name}, the next hour`);
  }
  const client = new DynamoDBClient(trustedConfig(gateway, security.id, "analyst"));
  const at = {
    TableName: contract.journalTableName,
    Key: {
      incident: { S: `${partitions.brakes}count/${scope}` },
      item: { S: windowOf(scope, lambda.now()) },
    },
  };
  const { Item } = await client.send(new GetItemCommand(at));
  const counted = Item?.incidents?.SS?.length ?? 0;
  const others = Array.from(
    { length: limit - room - counted },
    (_, number) => `${number.toString(16).padStart(16, "0")}-1`,
  );
  await client.send(
    new UpdateItemCommand({
      ...at,
      UpdateExpression: "ADD incidents :others",
      ExpressionAttributeValues: { ":others": { SS: others } },
    }),
  );
}
