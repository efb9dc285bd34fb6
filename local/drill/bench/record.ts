/** Lets the deployed program answer findings in the local organization, and records its calls. */
import type { PlaybookId } from "../../../functions/catalogue/playbooks";
import { homeRegion, members } from "../../gateway/accounts";
import { isOwnCall } from "../../gateway/faults";
import { openLocalOrganization } from "../../organization";
import { accessKeyFinding } from "../../samples/credentials";
import { instanceFinding } from "../../samples/guardduty";
import { seedFederatedRole, seedUser, signIn } from "../../seeds/identities";
import {
  type InstanceShape,
  seedInstance,
  seedVpc,
  seedWorkloadRole,
  type Vpc,
} from "../../seeds/networks";
import { removeService, seedService } from "../../seeds/services";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { DrillSession } from "../session";
import { type Exchange, exchangeOf, type RecordedResponses, type Round } from "./recording";

const shapes = {
  small: { interfaces: [["web", "app"]], volumes: 2 },
  large: { interfaces: [["web", "app"], ["admin"], ["web"], ["app"]], volumes: 8 },
} as const satisfies Record<string, InstanceShape>;

/** What is measured of each responder. */
export const roundNames = {
  "contain-instance": ["small", "large"],
  "contain-access-key": ["user"],
  "revoke-sessions": ["role"],
} as const satisfies Partial<Record<PlaybookId, readonly string[]>>;
/** The playbooks that are measured: posture is in no hurry. */
export type MeasuredPlaybook = keyof typeof roundNames;

// High: answered without asking.
const severity = 8;

/** Records a first response of each function, and one of each kind in the warm function. */
export async function record(): Promise<Readonly<Record<MeasuredPlaybook, RecordedResponses>>> {
  const organization = await openLocalOrganization({ concurrency: 1 });
  try {
    const session = new DrillSession(organization);
    const { gateway } = organization;
    const site = { account: members[0]?.id ?? "", region: homeRegion };
    const vpcs: { readonly vpc: Vpc; readonly profile: string }[] = [];
    for (const profile of ["bench-1", "bench-2", "bench-3"]) {
      const vpc = await seedVpc(gateway, site, {
        groups: ["web", "app", "admin"],
        ssmEndpoints: true,
      });
      await seedWorkloadRole(gateway, site, profile);
      vpcs.push({ vpc, profile });
    }
    await organization.up();
    await organization.sweep();

    const respond = async (
      playbook: MeasuredPlaybook,
      event: EventBridgeEvent,
      interfaces: readonly string[] = [],
    ): Promise<Round> => {
      const exchanges: Exchange[] = [];
      gateway.onAnswer = (call, entry, answer) => {
        if (isOwnCall(entry, entry.action)) {
          exchanges.push(exchangeOf(call, entry, answer, gateway.moto.models));
        }
      };
      const { invocations, results } = await session.inject(event, `bench ${playbook}`);
      delete gateway.onAnswer;
      const of = invocations.find(({ functionName }) => functionName.endsWith(playbook));
      if (of === undefined || results[0]?.outcome !== "contained") {
        throw new Error(`${playbook} has not contained: ${results[0]?.reason}`);
      }
      const during = exchanges.filter(
        ({ entry }) => entry.ms >= of.startedMs && entry.ms <= of.endedMs,
      );
      return { payload: JSON.stringify(of.payload), interfaces, exchanges: during };
    };
    const instance = async (size: keyof typeof shapes): Promise<Round> => {
      const free = vpcs.pop();
      if (free === undefined) throw new Error("No VPC is left");
      const { vpc, profile } = free;
      const target = await seedInstance(gateway, vpc, { ...shapes[size], profile });
      await seedService(gateway, vpc, target, profile);
      const event = instanceFinding({ ...target, instance: target.id });
      const round = await respond("contain-instance", event, target.interfaces);
      await removeService(gateway, vpc, profile);
      return round;
    };
    const user = async (name: string): Promise<Round> => {
      const target = await seedUser(gateway, site, { name, keys: 2 });
      return respond(
        "contain-access-key",
        accessKeyFinding({
          ...site,
          userName: name,
          userType: "IAMUser",
          accessKeyId: target.keys[0]?.accessKeyId ?? "",
          principalId: target.id,
          severity,
        }),
      );
    };
    const role = async (name: string): Promise<Round> => {
      const target = await seedFederatedRole(gateway, site, { name });
      const { accessKeyId } = await signIn(gateway, target, "alex");
      return respond(
        "revoke-sessions",
        accessKeyFinding({
          ...site,
          userName: name,
          userType: "AssumedRole",
          accessKeyId,
          principalId: `${target.id}:alex`,
          severity,
        }),
      );
    };
    const functionOf = (playbook: MeasuredPlaybook) => {
      const found = [...gateway.lambda.functions.values()].find(({ name }) =>
        name.endsWith(playbook),
      );
      if (found === undefined) throw new Error(`${playbook} has no function`);
      const { zip: _, ...fn } = found;
      return fn;
    };
    return {
      "contain-instance": {
        fn: functionOf("contain-instance"),
        first: await instance("small"),
        rounds: { small: await instance("small"), large: await instance("large") },
      },
      "contain-access-key": {
        fn: functionOf("contain-access-key"),
        first: await user("bench-user-1"),
        rounds: { user: await user("bench-user-2") },
      },
      "revoke-sessions": {
        fn: functionOf("revoke-sessions"),
        first: await role("bench-role-1"),
        rounds: { role: await role("bench-role-2") },
      },
    };
  } finally {
    await organization.close();
  }
}
