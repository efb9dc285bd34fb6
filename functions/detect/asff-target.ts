/** Finds what a resource of a finding in Security Hub is, as far as a playbook may contain it. */
import * as z from "zod/mini";
import { type ContainmentId, containmentIds, containmentOf } from "../catalogue/containments";
import { idInArn } from "../catalogue/controls/control";
import { command } from "../model/command";
import { plain } from "../model/plain-text";
import type { Place, Resource } from "../model/resource";
import type { AsffResource, Placed } from "./asff";
import { credentialOf } from "./credentials";
import { type Advice, refused, textOrNone } from "./detected";
import { resourceOf } from "./resource";

/** Kinds of resources that their settings contain, by their types here. */
const ofSettings: ReadonlyMap<string, ContainmentId> = new Map(
  containmentIds.flatMap((id) => {
    const { hubType } = containmentOf(id);
    return hubType === undefined ? [] : [[hubType, id] as const];
  }),
);

/** Resource types that playbooks cover, in the order in which a finding that lists several is about them. */
const answeredTypes: readonly string[] = [
  "AwsIamAccessKey",
  "AwsEc2Instance",
  ...ofSettings.keys(),
];

/**
 * Finds the type that a finding is about, of those that playbooks cover. What GuardDuty finds of a bucket
 * names the credentials, too, and is about the bucket.
 *
 * @param type of the finding
 */
export function answeredType(
  type: string,
  resources: readonly Pick<AsffResource, "Type">[],
): string | undefined {
  const own = containmentIds
    .map(containmentOf)
    .find(({ found }) => found.some(({ types }) => types.some((each) => type.startsWith(each))));
  const ordered = [...(own?.hubType === undefined ? [] : [own.hubType]), ...answeredTypes];
  return ordered.find((each) => resources.some(({ Type }) => Type === each));
}

/** Names resources of such a type in words. */
export function kindsOf(type: string): string {
  if (type === "AwsIamAccessKey") return "access keys";
  const id = ofSettings.get(type);
  return id === undefined ? "instances" : `${containmentOf(id).kind}s`;
}

export type AsffTarget =
  | { readonly kind: "resource"; readonly resource: Resource; readonly place: Place }
  | { readonly kind: "advice"; readonly resource: string; readonly advice: Advice }
  | { readonly kind: "refused"; readonly reason: string };

/** Finds the one resource of these types that the finding is about. */
export function targetOf(resource: AsffResource, placed: Placed): AsffTarget | undefined {
  if (resource.Type === "AwsIamAccessKey") return credentials(resource, placed);
  if (resource.Type === "AwsEc2Instance") return instance(resource, placed);
  const type = ofSettings.get(resource.Type);
  return type && withSettings(type, resource, placed);
}

/** Believes the ARN alone, which must be of the finding's account and region. */
function withSettings(type: ContainmentId, { Id }: AsffResource, placed: Placed): AsffTarget {
  const { place, region } = placed;
  const containment = containmentOf(type);
  const id = region === undefined ? undefined : idInArn(containment, Id, place);
  if (id !== undefined) return { kind: "resource", resource: resourceOf(type, id, place), place };
  return advise(
    plain(`${containment.kind} ${Id}`, 120),
    `The finding does not identify a ${containment.kind} of account ${place.account} by its ARN`,
    `Find it, and contain it by command: ${command`npx cordon contain ${`${type}/NAME`}`}`,
  );
}

const accessKey = z.object({
  AwsIamAccessKey: z.object({
    PrincipalType: textOrNone,
    PrincipalName: textOrNone,
    /** The older name of PrincipalName. */
    UserName: textOrNone,
    PrincipalId: textOrNone,
    AccessKeyId: textOrNone,
    AccountId: textOrNone,
  }),
});

function credentials(resource: AsffResource, { place }: Placed): AsffTarget {
  const details = accessKey.safeParse(resource.Details);
  if (!details.success) return refused("a finding about credentials", details.error);
  const { PrincipalType, PrincipalName, UserName, PrincipalId, AccessKeyId } =
    details.data.AwsIamAccessKey;
  const credential = credentialOf(
    {
      userType: PrincipalType,
      userName: PrincipalName ?? UserName,
      principalId: PrincipalId,
      // The resource's id ends in the key, or in "null" where there is none.
      accessKeyId: AccessKeyId ?? resource.Id.split(":").pop(),
    },
    place.region,
  );
  return credential.kind === "advice" ? credential : { ...credential, place };
}

const instanceId = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const instanceArn =
  /^(?:arn:aws:ec2:([a-z]{2}(?:-[a-z]+)+-\d)?:(\d{12})?:)?instance\/(i-[0-9a-f]+)$/;

/**
 * Believes the ARN before the fields: products may name the region differently. Where the id stands
 * alone, or the ARN leaves them out, account and region are the finding's.
 */
function instance(resource: AsffResource, { place, region: named }: Placed): AsffTarget {
  const [, region = named, account = place.account, id = resource.Id] =
    instanceArn.exec(resource.Id) ?? [];
  if (!instanceId.test(id)) {
    return advise(
      plain(`instance ${resource.Id}`, 120),
      "The finding identifies the instance neither by its ARN nor by its id",
      "Find the instance, and contain it with a GuardDuty finding or manually.",
    );
  }
  if (region === undefined) {
    return advise(
      `instance ${id}`,
      `The finding does not say in which region instance ${id} is`,
      `Find it: ${command`aws ec2 describe-instances --instance-ids=${id} --region REGION`}, then contain it with a GuardDuty finding or manually.`,
    );
  }
  // Any account may import findings, of its own account only; but it writes the resource as it likes.
  if (account !== place.account) {
    return advise(
      `instance ${id}`,
      `The finding is of account ${place.account}, and its instance of account ${account}: no account may aim Cordon at another`,
      "Find who imported the finding.",
    );
  }
  return { kind: "resource", resource: { kind: "instance", id }, place: { account, region } };
}

function advise(resource: string, why: string, manualSteps: string): AsffTarget {
  return { kind: "advice", resource, advice: { why, manualSteps: [manualSteps] } };
}

/** Finds the account that a resource says it is of; undefined where it does not say. */
export function accountOf({ Id, Owner, Type, Details }: AsffResource): string | undefined {
  const inArn = /^arn:aws:[\w-]*:[\w-]*:(\d{12}):/.exec(Id)?.[1];
  if (Type !== "AwsIamAccessKey") return inArn ?? Owner;
  const details = accessKey.safeParse(Details);
  return inArn ?? Owner ?? (details.success ? details.data.AwsIamAccessKey.AccountId : undefined);
}
