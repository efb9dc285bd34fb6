/** Scenario: the role of a compromised instance has no room for another inline policy. */
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  ListPoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { homeRegion, members } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc, seedWorkloadRole } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { readRole } from "../identity-state";
import { readInstance } from "../instance-state";
import type { DrillSession } from "../session";
import { contained, credentialsWork, subjects } from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const [production] = members as [(typeof members)[number]];
const name = "full-role";
const site = { account: production.id, region: homeRegion };
const role = "checkout-full";

interface Seeded {
  readonly target: SeededInstance;
  readonly sibling: SeededInstance;
}

export const fullRole: Scenario = {
  name,
  title: "A thief fills the role's inline policies first: its credentials are denied all the same",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const vpc = await seedVpc(gateway, site, { groups: ["checkout"], ssmEndpoints: true });
    await seedWorkloadRole(gateway, site, role);
    await fill(gateway);
    const instance = () =>
      seedInstance(gateway, vpc, { interfaces: [["checkout"]], volumes: 1, profile: role });
    return { target: await instance(), sibling: await instance() };
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const { target, sibling } = seeded as Seeded;
    const { gateway } = session.organization;
    const { iam } = ownerOf(gateway, site);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    const state = () =>
      readRole(gateway, { ...site, name: role, arn: Role?.Arn ?? "", id: Role?.RoleId ?? "" });
    const before = { role: await state(), instance: (await readInstance(gateway, target)).state };
    session.check(
      "before: the credentials of the instance and of its sibling work",
      (await credentialsWork(session, target)) && (await credentialsWork(session, sibling)),
    );
    const finding = instanceFinding({ ...target, instance: target.id });
    const { incident, injected } = await contained(session, finding, name);
    if (incident === undefined) return;
    session.check(
      "it is isolated, and not in part",
      subjects(injected).some((each) => each.startsWith(`[Cordon] Isolated: ${target.id}`)),
    );
    const isDenied = async () =>
      !(await credentialsWork(session, target)) && (await credentialsWork(session, sibling));
    session.check(
      "the instance's credentials are denied; its sibling's, of the same role, work",
      await isDenied(),
    );
    const own = await ownPolicies(session);
    const during = await state();
    session.check(
      "by one managed policy of the incident's own, and no inline one",
      own.length === 1 &&
        own[0]?.includes(`:policy/cordon/Cordon-${incident}-`) === true &&
        during.attached.includes(own[0]) &&
        sameState(during.inline, before.role.inline),
    );

    await iam.send(new DetachRolePolicyCommand({ RoleName: role, PolicyArn: own[0] }));
    session.check("detached, it denies nothing", await credentialsWork(session, target));
    await session.organization.watch();
    session.check(
      "the watch attaches it again",
      (await isDenied()) && sameState(await state(), during),
    );

    const report = await release(session, incident);
    session.check("one command releases it", report.outcome === "released");
    const after = (await readInstance(gateway, target)).state;
    session.check(
      "every field of the instance and of its role is restored, and no policy is left",
      sameState(restored(after), before.instance) &&
        sameState(await state(), before.role) &&
        (await ownPolicies(session)).length === 0,
    );
    session.check("its credentials work again", await credentialsWork(session, target));
    // No look is left to the next scenario.
    await session.organization.pass(60);
    await session.settle(`scenario ${name}, a minute after the release`);
  },
};

/** Leaves the role no room for an inline policy, and one place for a managed one. */
async function fill(gateway: DrillSession["organization"]["gateway"]): Promise<void> {
  const { iam } = ownerOf(gateway, site);
  const allowing = (Sid: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Sid, Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
    });
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: role,
      PolicyName: "padding",
      PolicyDocument: allowing("S".repeat(9_600)),
    }),
  );
  for (let index = 0; index < 9; index += 1) {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: `${role}-${index}`,
        PolicyDocument: allowing(`Team${index}`),
      }),
    );
    await iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: Policy?.Arn }));
  }
}

/** Lists the managed policies under Cordon's path in the account. */
async function ownPolicies({ organization }: DrillSession): Promise<readonly string[]> {
  const { iam } = ownerOf(organization.gateway, site);
  const { Policies = [] } = await iam.send(
    new ListPoliciesCommand({ Scope: "Local", PathPrefix: "/cordon/" }),
  );
  return Policies.map(({ Arn }) => Arn ?? "");
}
