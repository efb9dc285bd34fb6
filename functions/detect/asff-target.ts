/** Finds what a resource of a finding in Security Hub is, as far as a playbook may contain it. */
import * as z from "zod/mini";
import { command } from "../model/command";
import { plain } from "../model/plain-text";
import type { Place, Resource } from "../model/resource";
import type { AsffResource, Placed } from "./asff";
import { credentialOf } from "./credentials";
import { type Advice, refused, textOrNone } from "./detected";

/** Resource types that playbooks cover, in the order in which a finding that lists both is about them. */
export const answeredTypes = ["AwsIamAccessKey", "AwsEc2Instance"] as const;

export type AsffTarget =
  | { readonly kind: "resource"; readonly resource: Resource; readonly place: Place }
  | { readonly kind: "advice"; readonly resource: string; readonly advice: Advice }
  | { readonly kind: "refused"; readonly reason: string };

/** Finds the one resource of these types that the finding is about. */
export function targetOf(resource: AsffResource, placed: Placed): AsffTarget | undefined {
  const type = answeredTypes.find((each) => each === resource.Type);
  if (type === undefined) return undefined;
  return type === "AwsIamAccessKey" ? credentials(resource, placed) : instance(resource, placed);
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
