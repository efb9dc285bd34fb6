/** Stories about stolen credentials, with what must hold at the end of each. */

import type { Credentials } from "../../gateway/iam/caller";
import { accessKeyFinding } from "../../samples/credentials";
import { exposedKeyEvent } from "../../samples/exposures";
import {
  type SeededRole,
  type SeededUser,
  seedFederatedRole,
  seedServiceRole,
  seedUser,
  signIn,
} from "../../seeds/identities";
import { seedWorkloadRole } from "../../seeds/networks";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { readRole, readUser } from "../identity-state";
import {
  alive,
  contained,
  dead,
  denyAll,
  duplicate,
  issuedTo,
  keyOf,
  misuse,
  notices,
  planOnly,
  restored,
  roleFinding,
  rootAccessKey,
  site,
  subjects,
  thief,
  userFinding,
} from "./credential-checks";
import { isDryRun, release, type Scenario, sameState } from "./scenario";

const work = ["s3:*", "ec2:Describe*", "iam:*", "sqs:*"];

const stolenKey: Scenario = {
  name: "stolen-key",
  title: "A user's access key in wrong hands: keys disabled, user denied, released",
  async seed({ organization: { gateway } }) {
    const user = await seedUser(gateway, site, {
      name: "deploy-bot",
      path: "/automation/",
      keys: 2,
      allow: work,
    });
    const colleague = await seedUser(gateway, site, { name: "colleague", allow: work });
    return { user, colleague };
  },
  async run(session, seeded) {
    const { user, colleague } = seeded as { user: SeededUser; colleague: SeededUser };
    const { gateway } = session.organization;
    const [used, other] = user.keys as [Credentials, Credentials];
    const finding = userFinding(user, used);
    const before = await readUser(gateway, user);
    if (isDryRun(session)) {
      return planOnly(session, finding, () => readUser(gateway, user), "stolen-key");
    }
    await alive(session, "before: both keys and a colleague's work", used, other, keyOf(colleague));
    const { incident } = await contained(session, finding, "stolen-key");
    if (incident === undefined) return;
    const state = await readUser(gateway, user);
    session.check(
      "both keys are disabled and the user is denied everything",
      Object.values(state.keys).every((status) => status === "Inactive") &&
        state.attached.includes(denyAll),
    );
    await dead(session, "both keys are dead, for every action probed", used, other);
    await alive(session, "the colleague works on", keyOf(colleague));
    await duplicate(session, finding, "stolen-key");

    const report = await release(session, incident);
    const kept = report.outcome === "refused" ? [] : report.kept;
    session.check(
      "one command releases the user; the keys stay disabled, and it says so",
      report.outcome === "released" && kept.length === 2,
    );
    const after = await readUser(gateway, user);
    const { keys, ...rest } = restored(after);
    const { keys: _before, ...asBefore } = before;
    session.check(
      "every field of the user is as it was, but for the keys and the marks of the release",
      sameState(rest, asBefore) &&
        Object.values(keys).every((status) => status === "Inactive") &&
        after.tags.SecurityStatus === "Restored",
    );

    const again = await contained(
      session,
      userFinding(user, used, { lastSeen: new Date(Date.now() + 60_000) }),
      "stolen-key, used again after the release",
      "notified",
    );
    session.check(
      "a finding about a key that is inactive by now changes nothing",
      again.incident === undefined,
    );
  },
};

const stolenSession: Scenario = {
  name: "stolen-session",
  title: "A person's session of a federated role: revoked by its time of issue",
  async seed({ organization: { gateway } }) {
    const role = await seedFederatedRole(gateway, site, { name: "engineers", allow: work });
    const workload = await seedServiceRole(gateway, site, "lambda", {
      name: "checkout",
      allow: work,
    });
    return { role, workload };
  },
  async run(session, seeded) {
    const { role, workload } = seeded as { role: SeededRole; workload: SeededRole };
    const { gateway } = session.organization;
    const stolen = await signIn(gateway, role, "jo@example.com");
    const other = await signIn(gateway, role, "kim@example.com");
    const finding = roleFinding(role, stolen, "jo@example.com");
    const before = await readRole(gateway, role);
    if (isDryRun(session)) {
      return planOnly(session, finding, () => readRole(gateway, role), "stolen-session");
    }
    await alive(session, "before: two people's sessions of the role work", stolen, other);
    const { incident } = await contained(session, finding, "stolen-session");
    if (incident === undefined) return;
    await dead(session, "every session issued until now is dead", stolen, other);
    const { steps } = await session.journal(incident);
    const [cutOff] = steps.flatMap((step) =>
      step.kind === "revoke-sessions" ? [Date.parse(step.issuedBefore)] : [],
    );
    const { clock } = gateway.callers;
    gateway.callers.clock = () => new Date((cutOff ?? Number.NaN) + 1_000);
    const renewed = await signIn(gateway, role, "kim@example.com");
    gateway.callers.clock = clock;
    await alive(session, "a session issued after the cut-off works", renewed);
    await duplicate(session, finding, "stolen-session");
    const report = await release(session, incident);
    session.check("one command releases it", report.outcome === "released");
    const after = await readRole(gateway, role);
    session.check(
      "every field of the role is as it was, but for the marks of the release",
      sameState(restored(after), before),
    );
    await alive(session, "the sessions live again", stolen);

    const running = await gateway.callers.serviceSession(
      "lambda.amazonaws.com",
      workload.arn,
      "checkout",
      "workload",
    );
    const asked = await contained(
      session,
      roleFinding(workload, running, "checkout"),
      "stolen-session, of a workload",
      "awaiting-approval",
    );
    session.check(
      "a workload's role waits for a person, and the workload works on",
      asked.outcome === "awaiting-approval",
    );
    await alive(session, "the workload's session lives", running);
  },
};

const instanceCredentials: Scenario = {
  name: "instance-credentials",
  title: "An instance's credentials used elsewhere: denied for that instance alone",
  async seed({ organization: { gateway } }) {
    await seedWorkloadRole(gateway, site, "batch-worker");
    return undefined;
  },
  async run(session) {
    const { gateway } = session.organization;
    const role: SeededRole = {
      ...site,
      name: "batch-worker",
      arn: `arn:aws:iam::${site.account}:role/batch-worker`,
      id: "AROAEXAMPLEBATCHWORKER",
    };
    const [one, two] = ["i-0aaaabbbbccccdddd", "i-0eeeeffff00001111"];
    const stolen = await issuedTo(session, role, one);
    const sibling = await issuedTo(session, role, two);
    const finding = roleFinding(role, stolen, one, {
      type: "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
    });
    const before = await readRole(gateway, role);
    if (isDryRun(session)) {
      return planOnly(session, finding, () => readRole(gateway, role), "instance-credentials");
    }
    await alive(session, "before: both instances' credentials work", stolen, sibling);
    const { incident } = await contained(session, finding, "instance-credentials");
    if (incident === undefined) return;
    await dead(session, "the instance's credentials are dead", stolen);
    await dead(session, "so are those it fetches anew", await issuedTo(session, role, one));
    await alive(session, "its sibling's, of the same role, work", sibling);
    await duplicate(session, finding, "instance-credentials");
    const report = await release(session, incident);
    const after = await readRole(gateway, role);
    session.check(
      "one command releases it; every field of the role is as it was, but for the marks",
      report.outcome === "released" && sameState(restored(after), before),
    );
    await alive(session, "its credentials work again", stolen);
  },
};

const exposedKey: Scenario = {
  name: "exposed-key",
  title: "Trusted Advisor finds a key in public: cut first, then what it did is told",
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
        "the workflow plans, changes nothing, and tells people",
        first.executions.every(({ status }) => status === "SUCCEEDED") &&
          first.calls.every((call) => call.action !== "iam:UpdateAccessKey"),
      );
      return;
    }
    const { incident, injected } = await contained(session, event, "exposed-key");
    if (incident === undefined) return;
    session.check(
      "its workflow ends in Contained",
      injected.executions.length === 1 && injected.executions[0]?.states.at(-1) === "Contained",
    );
    const first = (action: string) =>
      injected.calls.findIndex((call) => call.action === action && call.status === 200);
    session.check(
      "the key is cut before CloudTrail is asked what it did",
      first("iam:UpdateAccessKey") >= 0 &&
        first("iam:UpdateAccessKey") < first("cloudtrail:LookupEvents"),
    );
    await dead(session, "the key is dead, for every action probed", key);
    const summary = notices(injected).find((text) => text.includes(thief)) ?? "";
    session.check(
      "people read where the calls came from, and the user and key that were made to stay",
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
      "a release that would make the public key active again is refused, and changes nothing",
      refused.outcome === "refused" && refused.reason.includes(key.accessKeyId),
    );
    const report = await release(session, incident);
    const state = await readUser(gateway, user);
    session.check(
      "a release gives the user back, and leaves the key disabled",
      report.outcome === "released" &&
        !state.attached.includes(denyAll) &&
        Object.values(state.keys).every((status) => status === "Inactive"),
    );
  },
};

const rootKey: Scenario = {
  name: "root-key",
  title: "Root's own key: nothing can cut it, so people are told at once",
  async run(session) {
    const told = async (event: EventBridgeEvent, what: string) => {
      const injected = await session.inject(event, `scenario root-key, ${what}`);
      session.check(
        `${what}: people are told, marked as urgent, with what to do`,
        injected.results.length === 1 &&
          injected.results[0]?.outcome === "notified" &&
          notices(injected).some((text) => text.includes("root")) &&
          subjects(injected).some((subject) => subject.includes("URGENT")),
      );
      session.check(
        `${what}: nothing is changed in the account`,
        injected.calls.every((call) => !call.mutating || !call.action.startsWith("iam:")),
      );
    };
    const { account } = site;
    await told(
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
    await told(
      exposedKeyEvent({ account, userName: "root", accessKeyId: rootAccessKey }),
      "Trusted Advisor",
    );
  },
};

/** Every story about credentials. */
export const credentialScenarios: readonly Scenario[] = [
  stolenKey,
  stolenSession,
  instanceCredentials,
  exposedKey,
  rootKey,
];
