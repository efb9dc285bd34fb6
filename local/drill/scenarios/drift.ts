/** Scenarios about targets that do not stay contained: an instance moved out, a role used again. */

import { ModifyNetworkInterfaceAttributeCommand } from "@aws-sdk/client-ec2";
import { DetachUserPolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { homeRegion, members } from "../../gateway/accounts";
import { trustedConfig } from "../../gateway/client";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededUser, seedUser } from "../../seeds/identities";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { readUser } from "../identity-state";
import { readInstance } from "../instance-state";
import {
  contained,
  dead,
  denyAll,
  keyOf,
  misuse,
  notices,
  site,
  subjects,
  userFinding,
  work,
} from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

const [production] = members as [(typeof members)[number]];

const drift: Scenario = {
  name: "drift",
  title: "A pipeline moves a contained instance out of quarantine: the watch moves it back",
  async seed({ organization: { gateway } }) {
    const vpc = await seedVpc(
      gateway,
      { account: production.id, region: homeRegion },
      {
        groups: ["pipeline"],
        ssmEndpoints: true,
      },
    );
    return seedInstance(gateway, vpc, { interfaces: [["pipeline"]], volumes: 1 });
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const target = seeded as SeededInstance;
    const { organization } = session;
    const { gateway } = organization;
    const groups = async () => (await readInstance(gateway, target)).state.groups;
    const before = await groups();
    const finding = instanceFinding({ ...target, instance: target.id });
    const { incident } = await contained(session, finding, "drift");
    if (incident === undefined) return;
    const quarantined = await groups();
    const moveOut = async () => {
      for (const [id, held = []] of Object.entries(before)) {
        await ownerOf(gateway, target).ec2.send(
          new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups: [...held] }),
        );
      }
    };
    const isQuarantined = async () =>
      JSON.stringify(await groups()) === JSON.stringify(quarantined);

    await moveOut();
    await organization.pass(10);
    const look = await session.settle("scenario drift, 10 seconds later");
    session.check(
      "10 seconds after the containment it is looked at and contained again",
      look.results.some(({ outcome }) => outcome === "contained") && (await isQuarantined()),
    );
    await moveOut();
    await organization.watch();
    session.check("the scheduled watch contains it again", await isQuarantined());

    // No look of the containments before is under way any more.
    await organization.pass(60);
    await session.settle("scenario drift, a minute later");
    await organization.reported(moveOut);
    const { result: repairs, deliveries } = await organization.reported(async () => {
      const file = "scenario drift, the calls are reported";
      const settled = [await session.settle(file)];
      // The account's other open incidents are looked at, too: one a second.
      for (let second = 0; second < 60 && !(await isQuarantined()); second += 1) {
        await organization.pass(1);
        settled.push(await session.settle(file));
      }
      return settled;
    });
    const looks = repairs
      .flatMap(({ results }) => results)
      .filter((each) => each.incident === incident);
    session.check(
      "the event of the calls alone has it contained again, by one look",
      looks.map(({ outcome }) => outcome).join() === "contained" && (await isQuarantined()),
    );
    session.check(
      "Cordon's own calls are not forwarded: they cause no further look",
      repairs.some(({ calls }) =>
        calls.some(({ action }) => action === "ec2:ModifyNetworkInterfaceAttribute"),
      ) && deliveries.every(({ rule }) => !rule.endsWith("/cordon-forward-drift")),
    );

    const { length } = gateway.record.entries;
    await organization.watch();
    session.check(
      "a look at what is contained changes nothing",
      gateway.record.entries
        .slice(length)
        .every((call) => !call.mutating || !call.action.startsWith("ec2:")),
    );
    const report = await release(session, incident);
    session.check(
      "one command releases it, to the groups from before the incident",
      report.outcome === "released" && JSON.stringify(await groups()) === JSON.stringify(before),
    );
    // No look is left to the next scenario.
    await organization.pass(60);
    await session.settle("scenario drift, a minute after the release");
  },
};

const containedAgain: Scenario = {
  name: "contained-again",
  title: "A contained user gets its permissions back: the next finding contains it again",
  seed: ({ organization: { gateway } }) =>
    seedUser(gateway, site, { name: "report-writer", keys: 1, allow: work }),
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const user = seeded as SeededUser;
    const { gateway } = session.organization;
    const finding = userFinding(user, keyOf(user));
    const { incident } = await contained(session, finding, "contained-again");
    if (incident === undefined) return;
    // By the account's owner, whom no policy of the user binds.
    const iam = new IAMClient(trustedConfig(gateway, user.account, "owner"));
    const by = { UserName: user.name, PolicyArn: denyAll };
    await iam.send(new DetachUserPolicyCommand(by));
    const again = await session.inject(finding, "scenario contained-again, the same finding");
    session.check(
      "the same finding contains the user again, in the same incident",
      again.results.some((each) => each.outcome === "contained" && each.incident === incident),
    );
    await dead(session, "the key is denied every action", keyOf(user));
    const report = await release(session, incident);
    const { attached } = await readUser(gateway, user);
    session.check(
      "one command releases the user",
      report.outcome === "released" && !attached.includes(denyAll),
    );
  },
};

const followedUp: Scenario = {
  name: "followed-up",
  title:
    "A thief made a user and a key before it was cut: 15 minutes later responders hear of both",
  seed: ({ organization: { gateway } }) =>
    seedUser(gateway, site, { name: "mail-sender", keys: 1, allow: work }),
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const user = seeded as SeededUser;
    const { organization } = session;
    await misuse(session, keyOf(user));
    const { incident } = await contained(session, userFinding(user, keyOf(user)), "followed-up");
    if (incident === undefined) return;
    await organization.pass(60);
    await session.settle("scenario followed-up, a minute later");
    await organization.pass(840);
    const later = await session.settle("scenario followed-up, 15 minutes later");
    const [text = "", ...more] = notices(later).filter((each) => each.includes(incident));
    session.check(
      "15 minutes after the containment one notice names what the thief made",
      subjects(later).includes(
        `[Cordon] URGENT What the contained principal made: mail-sender in ${site.account}`,
      ) &&
        more.length === 0 &&
        /iam:CreateUser: user backdoor-/.test(text) &&
        /iam:CreateAccessKey: access key AKIA/.test(text),
    );
    session.check(
      "it gives the command that contains each",
      /aws iam attach-user-policy --user-name=backdoor-\w+ --policy-arn=\S+AWSDenyAll/.test(text) &&
        /aws iam update-access-key --user-name=backdoor-\w+ --access-key-id=AKIA\w+/.test(text),
    );
    const report = await release(session, incident);
    session.check("one command releases the user", report.outcome === "released");
  },
};

export const driftScenarios: readonly Scenario[] = [drift, containedAgain, followedUp];
