/** A scenario about the first sign of a public key that needs no support plan: AWS quarantines its user. */
import { healthExposedEvent } from "../../samples/exposures";
import { quarantineAttached, quarantineDetached } from "../../samples/quarantine";
import { type SeededUser, seedUser } from "../../seeds/identities";
import { contained, dead, keyOf, notices, site, subjects, work } from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

export const quarantinePolicy: Scenario = {
  name: "quarantine-policy",
  title: "AWS attaches its quarantine policy: the user's key is cut, and other reports are no news",
  async seed({ organization: { gateway } }) {
    return seedUser(gateway, site, { name: "quarantined", keys: 1, allow: work });
  },
  async run(session, seeded) {
    const user = seeded as SeededUser;
    const key = keyOf(user);
    const { account } = site;
    const event = quarantineAttached({ account, userName: user.name });
    if (isDryRun(session)) {
      const { calls } = await session.inject(event, "scenario quarantine-policy");
      session.check(
        "the workflow plans and changes nothing",
        calls.every((call) => call.action !== "iam:UpdateAccessKey"),
      );
      return;
    }
    const { incident, injected } = await contained(session, event, "quarantine-policy");
    if (incident === undefined) return;
    session.check(
      "the workflow finds the user's key and ends in Contained",
      injected.executions.length === 1 && injected.executions[0]?.states.at(-1) === "Contained",
    );
    await dead(session, "the key is denied every action", key);
    session.check(
      "the notices name the policy and the key",
      notices(injected).some((text) => text.includes("AWSCompromisedKeyQuarantineV3")) &&
        notices(injected).some((text) => text.includes(key.accessKeyId)),
    );
    const again = await session.inject(
      healthExposedEvent({ account, accessKeyId: key.accessKeyId, userName: user.name }),
      "scenario quarantine-policy, AWS Health reports the key",
    );
    session.check(
      "AWS Health's report of the key is the same incident, and no news",
      again.results.every((each) => each.outcome === "duplicate") && notices(again).length === 0,
    );
    const detached = await session.inject(
      quarantineDetached({ account, userName: user.name, by: "pipeline" }),
      "scenario quarantine-policy, somebody detaches the policy",
    );
    session.check(
      "the detach is notified urgently, with who did it",
      subjects(detached).some((subject) => subject.includes("URGENT")) &&
        notices(detached).some((text) => text.includes("user/pipeline from 192.0.2.10")),
    );
    await release(session, incident);
  },
};
