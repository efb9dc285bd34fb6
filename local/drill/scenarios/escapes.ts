/** Scenarios about thieves who change the user or its keys before Cordon acts. */
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { clientConfig } from "../../gateway/client";
import type { Credentials } from "../../gateway/iam/caller";
import { type SeededUser, seedUser } from "../../seeds/identities";
import { readUser } from "../identity-state";
import type { DrillSession, Injected } from "../session";
import {
  alive,
  contained,
  dead,
  denyAll,
  duplicate,
  keyOf,
  planOnly,
  site,
  userFinding,
  work,
} from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

/** Seeds a user who may make keys and change its own name. */
function seedEscape(
  { organization: { gateway } }: Pick<DrillSession, "organization">,
  name: string,
) {
  return seedUser(gateway, site, { name, keys: 1, allow: work });
}

const secondKey: Scenario = {
  name: "second-key",
  title: "A thief makes a second key and deletes the first: the user and the second key are cut",
  seed: (session) => seedEscape(session, "batch-runner"),
  async run(session, seeded) {
    const user = seeded as SeededUser;
    const { gateway } = session.organization;
    const stolen = keyOf(user);
    const finding = userFinding(user, stolen);
    if (isDryRun(session)) {
      return planOnly(session, finding, () => readUser(gateway, user), "second-key");
    }
    const iam = new IAMClient(clientConfig(gateway, stolen));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: user.name }));
    const second: Credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    await new IAMClient(clientConfig(gateway, second)).send(
      new DeleteAccessKeyCommand({ UserName: user.name, AccessKeyId: stolen.accessKeyId }),
    );
    await alive(session, "before: the second key works", second);
    const { incident, injected } = await contained(session, finding, "second-key");
    if (incident === undefined) return;
    checkOrder(session, injected);
    await dead(session, "the second key is denied every action", second);
    const { keys } = await readUser(gateway, user);
    session.check(
      "the second key is disabled",
      Object.keys(keys).length === 1 && keys[second.accessKeyId] === "Inactive",
    );
    await duplicate(session, finding, "second-key");
    const report = await release(session, incident);
    session.check("one command releases the user", report.outcome === "released");
  },
};

const renamedUser: Scenario = {
  name: "renamed-user",
  title: "A thief renames the user and gives the name to another: the renamed user is cut",
  seed: (session) => seedEscape(session, "backup-runner"),
  async run(session, seeded) {
    const user = seeded as SeededUser;
    const { gateway } = session.organization;
    const stolen = keyOf(user);
    const finding = userFinding(user, stolen);
    if (isDryRun(session)) {
      return planOnly(session, finding, () => readUser(gateway, user), "renamed-user");
    }
    const iam = new IAMClient(clientConfig(gateway, stolen));
    const renamed = { ...user, name: "log-shipper" };
    await iam.send(new UpdateUserCommand({ UserName: user.name, NewUserName: renamed.name }));
    await iam.send(new CreateUserCommand({ UserName: user.name }));
    await alive(session, "before: the renamed user's key works", stolen);
    const { incident, injected } = await contained(session, finding, "renamed-user");
    if (incident === undefined) return;
    checkOrder(session, injected);
    await dead(session, "the renamed user's key is denied every action", stolen);
    const [thief, namesake] = [await readUser(gateway, renamed), await readUser(gateway, user)];
    session.check(
      "the renamed user is denied everything, and the new user of the name nothing",
      thief.attached.includes(denyAll) && namesake.attached.length === 0,
    );
    await duplicate(session, finding, "renamed-user");
    const report = await release(session, incident);
    const { attached } = await readUser(gateway, renamed);
    session.check(
      "one command releases the renamed user",
      report.outcome === "released" && !attached.includes(denyAll),
    );
  },
};

/** Checks that the mark comes before the deny, and the deny before the keys. */
function checkOrder(session: DrillSession, { calls }: Injected): void {
  const at = ["iam:TagUser", "iam:AttachUserPolicy", "iam:UpdateAccessKey"].map((action) =>
    calls.findIndex((call) => call.origin === "cordon" && call.action === action),
  );
  session.check(
    "the user is marked first, denied second, and the keys are disabled third",
    at.every((index, place) => index >= 0 && index > (at[place - 1] ?? -1)),
  );
}

export const escapeScenarios: readonly Scenario[] = [secondKey, renamedUser];
