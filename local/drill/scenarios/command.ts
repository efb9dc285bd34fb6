/** Runs `npx cordon` as an analyst of the security account does. */
import { DescribeNetworkInterfacesCommand } from "@aws-sdk/client-ec2";
import { quarantineGroupName } from "../../../functions/catalogue/quarantine-group";
import type { CustomAction } from "../../../functions/catalogue/security-hub-actions";
import { security } from "../../gateway/accounts";
import { sentInstance } from "../../samples/security-hub";
import type { SeededInstance } from "../../seeds/networks";
import { ownerOf } from "../../seeds/owner";
import { cordon as run } from "../people";
import type { DrillSession, Injected } from "../session";

/** Runs the command as an analyst and reads what it prints as JSON; throws with what it says when it fails. */
export async function cordon<T>(session: DrillSession, ...options: readonly string[]): Promise<T> {
  const { gateway } = session.organization;
  const analyst = gateway.callers.trusted(security.id, "analyst", "seed");
  const { status, stdout, stderr } = await run(session, analyst, ...options, "--json");
  if (status === 0) return JSON.parse(stdout) as T;
  throw new Error(`npx cordon ${options.join(" ")}: ${stderr || stdout}`);
}

/** Has a person request the containment of an instance in Security Hub, by the functions' clock. */
export function requested(
  session: DrillSession,
  { account, region, id: instance }: SeededInstance,
  name: string,
  type?: string,
): Promise<Injected> {
  const action: CustomAction = "CordonContain";
  const at = session.organization.lambda.now();
  const shape = { action, account, region, instance, at, ...(type !== undefined && { type }) };
  return session.inject(sentInstance(shape), `scenario ${name}, a person's request`);
}

/** Lists those instances of one account and region of which every interface is in quarantine. */
export async function isolatedAmong(
  { organization: { gateway } }: DrillSession,
  targets: readonly SeededInstance[],
): Promise<readonly SeededInstance[]> {
  const [first] = targets;
  if (first === undefined) return [];
  const { NetworkInterfaces = [] } = await ownerOf(gateway, first).ec2.send(
    new DescribeNetworkInterfacesCommand({
      NetworkInterfaceIds: targets.flatMap(({ interfaces }) => interfaces),
    }),
  );
  const closed = new Set(
    NetworkInterfaces.filter(
      ({ Groups = [] }) =>
        Groups.length > 0 &&
        Groups.every(({ GroupName = "" }) => GroupName.startsWith(quarantineGroupName)),
    ).map(({ NetworkInterfaceId }) => NetworkInterfaceId),
  );
  return targets.filter(({ interfaces }) => interfaces.every((id) => closed.has(id)));
}
