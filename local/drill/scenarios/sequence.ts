/** Scenario: an attack sequence on a user, a role's session, three instances and a bucket. */
import type { Credentials } from "../../gateway/iam/caller";
import { sequenceFinding } from "../../samples/sequence";
import {
  type SeededRole,
  type SeededUser,
  seedFederatedRole,
  seedUser,
  signIn,
} from "../../seeds/identities";
import { type SeededInstance, seedInstance, seedVpc, seedWorkloadRole } from "../../seeds/networks";
import { readRole, readUser } from "../identity-state";
import { readInstance } from "../instance-state";
import { alive, credentialsWork, dead, notices, site, subjects, work } from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const name = "sequence";
const profile = "web-server-sequence";
const sessionName = "mallory@example.com";

interface Seeded {
  readonly user: SeededUser;
  readonly role: SeededRole;
  readonly instances: readonly SeededInstance[];
  /** Of the same role, and not in the sequence. */
  readonly sibling: SeededInstance;
}

export const sequence: Scenario = {
  name,
  title: "An attack sequence: two identities and three instances are one incident",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const user = await seedUser(gateway, site, { name: "ci-runner", keys: 1, allow: work });
    const role = await seedFederatedRole(gateway, site, { name: "analysts", allow: work });
    await seedWorkloadRole(gateway, site, profile);
    const vpc = await seedVpc(gateway, site, { groups: ["web", "app"], ssmEndpoints: true });
    const shape = { interfaces: [["web", "app"]], volumes: 1, profile } as const;
    const seeded = [];
    for (let n = 0; n < 4; n++) seeded.push(await seedInstance(gateway, vpc, shape));
    const [sibling, ...instances] = seeded as [SeededInstance, ...SeededInstance[]];
    return { user, role, instances, sibling };
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const { user, role, instances, sibling } = seeded as Seeded;
    const { gateway } = session.organization;
    const [key] = user.keys as [Credentials];
    const stolen = await signIn(gateway, role, sessionName);
    const states = async () => ({
      user: await readUser(gateway, user),
      role: await readRole(gateway, role),
      instances: await Promise.all(
        instances.map(async (each) => (await readInstance(gateway, each)).state),
      ),
    });
    const before = await states();
    await alive(session, "before: the key and the session work", key, stolen);

    const shape = {
      ...site,
      actors: [
        {
          name: user.name,
          type: "IAMUser",
          principalId: user.id,
          accessKeyId: key.accessKeyId,
        },
        {
          name: role.name,
          type: "AssumedRole",
          principalId: `${role.id}:${sessionName}`,
          accessKeyId: stolen.accessKeyId,
          issuer: role.arn,
        },
      ],
      instances: instances.map(({ id }) => id),
      buckets: ["customer-data"],
      id: "5e90e9ce0000000000000000000000aa",
    } as const;
    const finding = sequenceFinding(shape);
    const injected = await session.inject(finding, `scenario ${name}`);
    const [answer, ...more] = injected.results;
    const incident = answer?.incident ?? undefined;
    session.check(
      "the sequence is one incident, contained with one notice",
      answer?.outcome === "contained" &&
        more.length === 0 &&
        subjects(injected).length === 1 &&
        subjects(injected)[0]?.startsWith(
          "[Cordon] Contained: attack sequence of user ci-runner and 4 more (",
        ) === true,
    );
    if (incident === undefined) return;
    await dead(session, "the key and the session are denied every action", key, stolen);
    session.check(
      "every instance is isolated, and its credentials are denied; a sibling's of the same role work",
      (await states()).instances.every(({ groups, tags }, index) => {
        const now = Object.values(groups).flat();
        const was = Object.values(before.instances[index]?.groups ?? {}).flat();
        return now.length === 1 && !was.includes(now[0] ?? "") && tags.CordonIncident === incident;
      }) &&
        !(await credentialsWork(session, instances[0] as SeededInstance)) &&
        (await credentialsWork(session, sibling)),
    );
    const [text = ""] = notices(injected);
    session.check(
      "the notice names the bucket, which stays as it is, and how to close it",
      text.includes(
        "bucket customer-data is left alone: a bucket is contained by itself, after an approval.",
      ) && text.includes("aws s3api put-public-access-block --bucket=customer-data"),
    );

    const update = sequenceFinding({ ...shape, instances: [...shape.instances, sibling.id] });
    const updated = await session.inject(update, `scenario ${name}, with one more instance`);
    session.check(
      "an update with one more instance is notified urgently, with its command",
      subjects(updated).some((each) => each.startsWith("[Cordon] URGENT Contained in part: ")) &&
        notices(updated).some((each) => each.includes(`npx cordon contain ${sibling.id} `)) &&
        (await credentialsWork(session, sibling)),
    );

    const report = await release(session, incident);
    const after = await states();
    const { keys, ...userNow } = restored(after.user);
    const { keys: _, ...userBefore } = before.user;
    session.check("one command releases all of it", report.outcome === "released");
    session.check(
      "every field is restored, except for the key, which stays disabled, and the release tags",
      sameState(userNow, userBefore) &&
        Object.values(keys).join() === "Inactive" &&
        sameState(restored(after.role), before.role) &&
        sameState(after.instances.map(restored), before.instances),
    );
    await alive(session, "the session works again", stolen);
  },
};
