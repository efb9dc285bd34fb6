/** Scenarios about access keys that Trusted Advisor finds in public, and about root's. */
import { accessKeyFinding } from "../../samples/credentials";
import { exposedKeyEvent } from "../../samples/exposures";
import { type SeededUser, seedUser } from "../../seeds/identities";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { readUser } from "../identity-state";
import {
  contained,
  dead,
  denyAll,
  keyOf,
  misuse,
  notices,
  rootAccessKey,
  site,
  subjects,
  thief,
  work,
} from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

const exposedKey: Scenario = {
  name: "exposed-key",
  title: "Trusted Advisor reports an exposed key: it is cut first, then its activity is reported",
  async seed({ organization: { gateway } }) {
    return seedUser(gateway, site, { name: "reporting", keys: 1, allow: work });
  },
  async run(session, seeded) {
    const user = seeded as SeededUser;
    const { gateway } = session.organization;
    const key = keyOf(user);
    gateway.callers.sourceAddress(key.accessKeyId, thief);
    await misuse(session, key);
    const event = exposedKeyEvent({
      account: site.account,
      userName: user.name,
      accessKeyId: key.accessKeyId,
    });
    if (isDryRun(session)) {
      const first = await session.inject(event, "scenario exposed-key");
      session.check(
        "the workflow plans, changes nothing and notifies the responders",
        first.executions.every(({ status }) => status === "SUCCEEDED") &&
          first.calls.every((call) => call.action !== "iam:UpdateAccessKey"),
      );
      return;
    }
    const { incident, injected } = await contained(session, event, "exposed-key");
    if (incident === undefined) return;
    session.check(
      "the workflow ends in Contained",
      injected.executions.length === 1 && injected.executions[0]?.states.at(-1) === "Contained",
    );
    const first = (action: string) =>
      injected.calls.findIndex((call) => call.action === action && call.status === 200);
    session.check(
      "the key is cut before its activity is looked up in CloudTrail",
      first("iam:UpdateAccessKey") >= 0 &&
        first("iam:UpdateAccessKey") < first("cloudtrail:LookupEvents"),
    );
    await dead(session, "the key is denied every action", key);
    const summary = notices(injected).find((text) => text.includes(thief)) ?? "";
    session.check(
      "the notice names the source of the calls, and the user and key created for persistence",
      summary.includes("s3:ListBuckets") &&
        summary.includes("CreateUser") &&
        summary.includes("backdoor"),
    );
    const again = await session.inject(event, "scenario exposed-key, the same event again");
    session.check(
      "the same event again ends as a duplicate",
      again.results.every((each) => each.outcome === "duplicate"),
    );
    const refused = await release(session, incident, { reactivateKeys: true });
    session.check(
      "a release that would reactivate the exposed key is refused",
      refused.outcome === "refused" && refused.reason.includes(key.accessKeyId),
    );
    const report = await release(session, incident);
    const state = await readUser(gateway, user);
    session.check(
      "a release restores the user and leaves the key disabled",
      report.outcome === "released" &&
        !state.attached.includes(denyAll) &&
        Object.values(state.keys).every((status) => status === "Inactive"),
    );
  },
};

const rootKey: Scenario = {
  name: "root-key",
  title: "An access key of root: Cordon cannot cut it and notifies the responders immediately",
  async run(session) {
    const urgent = async (event: EventBridgeEvent, what: string) => {
      const injected = await session.inject(event, `scenario root-key, ${what}`);
      session.check(
        `${what}: an urgent notice says what to do`,
        injected.results.length === 1 &&
          injected.results[0]?.outcome === "notified" &&
          notices(injected).some((text) => text.includes("root")) &&
          subjects(injected).some((subject) => subject.includes("URGENT")),
      );
      session.check(
        `${what}: nothing changes in the account`,
        injected.calls.every((call) => !call.mutating || !call.action.startsWith("iam:")),
      );
    };
    const { account } = site;
    await urgent(
      accessKeyFinding({
        ...site,
        userName: "Root",
        userType: "Root",
        accessKeyId: rootAccessKey,
        principalId: account,
        type: "Policy:IAMUser/RootCredentialUsage",
        severity: 2,
      }),
      "GuardDuty, at low severity",
    );
    await urgent(
      exposedKeyEvent({ account, userName: "root", accessKeyId: rootAccessKey }),
      "Trusted Advisor",
    );
  },
};

export const exposedKeyScenarios: readonly Scenario[] = [exposedKey, rootKey];
