/** Scenarios about stolen credentials. */
import { security } from "../../gateway/accounts";
import type { Credentials } from "../../gateway/iam/caller";
import {
  type SeededRole,
  type SeededUser,
  seedFederatedRole,
  seedServiceRole,
  seedUser,
  signIn,
} from "../../seeds/identities";
import { type SeededInstance, seedInstance, seedProfile, seedVpc } from "../../seeds/networks";
import { readRole, readUser } from "../identity-state";
import { readInstance } from "../instance-state";
import { cordon } from "../people";
import {
  alive,
  contained,
  dead,
  denyAll,
  duplicate,
  issuedTo,
  keyOf,
  planOnly,
  roleFinding,
  site,
  userFinding,
  work,
} from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const stolenKey: Scenario = {
  name: "stolen-key",
  title: "A stolen access key: the user's keys are disabled, the user is denied, then released",
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
    await dead(session, "both keys are denied every action", used, other);
    await alive(session, "the colleague's key still works", keyOf(colleague));
    await duplicate(session, finding, "stolen-key");

    const report = await release(session, incident);
    const kept = report.outcome === "refused" ? [] : report.kept;
    session.check(
      "one command releases the user; it reports that the keys remain disabled",
      report.outcome === "released" && kept.length === 2,
    );
    const after = await readUser(gateway, user);
    const { keys, ...rest } = restored(after);
    const { keys: _before, ...asBefore } = before;
    session.check(
      "every field of the user is restored, except for the keys and the release tags",
      sameState(rest, asBefore) &&
        Object.values(keys).every((status) => status === "Inactive") &&
        after.tags.SecurityStatus === "Restored",
    );

    // After the release, by the clock of the functions: other scenarios may have set it forward.
    const lastSeen = new Date(session.organization.lambda.now().getTime() + 60_000);
    const again = await contained(
      session,
      userFinding(user, used, { lastSeen }),
      "stolen-key, used again after the release",
    );
    session.check(
      "a later finding about an inactive key denies the user again",
      again.incident !== undefined && (await readUser(gateway, user)).attached.includes(denyAll),
    );
  },
};

const stolenSession: Scenario = {
  name: "stolen-session",
  title: "A stolen session of a federated role: revoked by its time of issue",
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
    await alive(session, "before: two users' sessions of the role work", stolen, other);
    const { incident } = await contained(session, finding, "stolen-session");
    if (incident === undefined) return;
    await dead(session, "every session issued until now is denied every action", stolen, other);
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
      "every field of the role is restored, except for the release tags",
      sameState(restored(after), before),
    );
    await alive(session, "the sessions work again", stolen);

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
      "a workload's role is not cut without an approval",
      asked.outcome === "awaiting-approval",
    );
    await alive(session, "the workload's session still works", running);
  },
};

const instanceCredentials: Scenario = {
  name: "instance-credentials",
  title: "An instance's credentials used outside AWS: denied for it alone, people asked about it",
  async seed({ organization: { gateway } }) {
    const role = await seedServiceRole(gateway, site, "ec2", { name: "batch-worker", allow: work });
    // The calls were made in us-east-1, where the finding is.
    const elsewhere = { ...site, region: "eu-west-1" };
    const vpc = await seedVpc(gateway, elsewhere, { groups: ["batch"], ssmEndpoints: true });
    await seedProfile(gateway, site, role.name);
    const host = await seedInstance(gateway, vpc, {
      interfaces: [["batch"]],
      volumes: 1,
      profile: role.name,
    });
    return { role, host };
  },
  async run(session, seeded) {
    const { gateway } = session.organization;
    const { role, host } = seeded as { role: SeededRole; host: SeededInstance };
    const [one, two] = [host.id, "i-0eeeeffff00001111"];
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
    const groups = async () => (await readInstance(gateway, host)).state.groups;
    const attached = await groups();
    const { results } = await session.inject(finding, "scenario instance-credentials");
    const incident = results.find(({ outcome }) => outcome === "contained")?.incident;
    const asked = results.find(({ outcome }) => outcome === "awaiting-approval")?.incident;
    session.check("the finding is answered with containment", incident != null);
    session.check(
      "people are asked about the instance, in its own region, and it is unchanged",
      results.length === 2 && asked != null && sameState(await groups(), attached),
    );
    if (incident == null || asked == null) return;
    await dead(session, "the instance's credentials are denied every action", stolen);
    await dead(session, "so are the next ones it gets", await issuedTo(session, role, one));
    await alive(session, "its sibling's, of the same role, work", sibling);
    await duplicate(session, finding, "instance-credentials");
    const report = await release(session, incident);
    const after = await readRole(gateway, role);
    session.check(
      "one command releases it; every field of the role is restored, except for the release tags",
      report.outcome === "released" && sameState(restored(after), before),
    );
    await alive(session, "its credentials work again", stolen);
    const alice = gateway.callers.trusted(security.id, "alice", "seed");
    const reason = ["--reason", "the host is replaced"];
    const rejected = await cordon(session, alice, "reject", asked, ...reason);
    await session.settleWorkflows("scenario instance-credentials, rejected");
    session.check("one command rejects the instance's plan", rejected.status === 0);
  },
};

export const credentialScenarios: readonly Scenario[] = [
  stolenKey,
  stolenSession,
  instanceCredentials,
];
