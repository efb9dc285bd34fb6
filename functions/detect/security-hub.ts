/** Parses a finding that a responder sends by a custom action in Security Hub, or refuses it. */
import * as z from "zod/mini";
import { namesVictim } from "../catalogue/finding-types/assignment";
import {
  type CustomAction,
  customActions,
  isActionArn,
  playbookActions,
} from "../catalogue/security-hub-actions";
import { command } from "../model/command";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place } from "../model/resource";
import { credentialOf } from "./credentials";
import {
  accountId,
  type Detected,
  idOf,
  incidentOf,
  refused,
  regionName,
  textOrNone,
  timestamp,
  titleLimit,
  typeName,
} from "./detected";

const resource = z.object({
  Type: z.string(),
  Id: z.string(),
  Partition: z.optional(z.string()),
  Region: z.optional(z.string()),
  Details: z.optional(z.unknown()),
});
type AsffResource = z.infer<typeof resource>;

const event = z.object({
  source: z.literal("aws.securityhub"),
  "detail-type": z.literal("Security Hub Findings - Custom Action"),
  account: accountId,
  time: timestamp,
  resources: z.array(z.string()),
  detail: z.object({
    // Security Hub sends each finding that was selected in an event of its own.
    findings: z.tuple([
      z.object({
        Id: z.string().check(z.minLength(1), z.maxLength(512)),
        ProductArn: z.catch(z.optional(z.string()), undefined),
        AwsAccountId: accountId,
        Region: z.optional(z.string()),
        Types: z.optional(z.array(z.string())),
        Title: z.optional(z.string()),
        Severity: z.optional(
          z.object({
            Product: z.optional(z.number()),
            Normalized: z.optional(z.number()),
          }),
        ),
        FirstObservedAt: z.optional(timestamp),
        LastObservedAt: z.optional(timestamp),
        UpdatedAt: z.optional(timestamp),
        Sample: z.optional(z.boolean()),
        ProductFields: z.optional(z.record(z.string(), z.unknown())),
        Resources: z.array(resource).check(z.minLength(1)),
      }),
    ]),
  }),
});
const accessKey = z.object({
  AwsIamAccessKey: z.object({
    PrincipalType: textOrNone,
    PrincipalName: textOrNone,
    /** The older name of PrincipalName. */
    UserName: textOrNone,
    PrincipalId: textOrNone,
    AccessKeyId: textOrNone,
  }),
});

/** What the whole of a finding says, whatever it is about. */
interface Sent {
  readonly finding: Finding;
  readonly place: Place;
}

/** A finding that a responder sends is never archived: GuardDuty's suppression does not apply. */
export type Requested = Exclude<Detected, { readonly kind: "archived" }>;

/** Resource types that playbooks cover, in the order in which a finding that lists both is about them. */
const answeredTypes = ["AwsIamAccessKey", "AwsEc2Instance"] as const;

/**
 * Parses one event.
 *
 * @param securityAccount must be the account of the envelope: responders choose the action there, and
 *   only there are all members' findings visible.
 * @param actions that the caller handles
 */
export function detectSecurityHub(
  input: unknown,
  securityAccount: string,
  actions: readonly CustomAction[] = playbookActions,
): Requested {
  if (input === undefined) return { kind: "refused", reason: "The message is not JSON" };
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("a finding sent by custom action", parsed.error);
  const { account, resources, time, detail } = parsed.data;
  if (account !== securityAccount) {
    return {
      kind: "refused",
      reason: `The event comes from account ${account}; actions are accepted only from the security account ${securityAccount}`,
    };
  }
  const [arn, ...others] = resources;
  const action = actions.find((each) => others.length === 0 && isActionArn(arn, each));
  if (action === undefined) {
    return {
      kind: "refused",
      reason: `The custom action is ${resources.join(", ") || "not named"}; expected ${actions.join(" or ")}, alone`,
    };
  }
  const [found] = detail.findings;
  // A finding may list what the credentials were used on beside the credentials, in any order.
  const type = answeredTypes.find((each) => found.Resources.some(({ Type }) => Type === each));
  const about = found.Resources.filter(({ Type }) => Type === type);
  const resource = about[0] ?? found.Resources[0];
  if (resource === undefined) throw new Error("A parsed finding has a resource");
  const partition = resource.Partition ?? "aws";
  if (partition !== "aws") {
    return { kind: "refused", reason: `Partition ${partition} is not supported, only aws` };
  }
  // Of a global resource the region may be "aws-global": any region will do.
  const region = [resource.Region, found.Region].find((each) => regionName.safeParse(each).success);
  const place: Place = { account: found.AwsAccountId, region: region ?? "us-east-1" };
  const finding: Finding = {
    id: idOf(found.Id.split("/").pop()),
    type: guardDutyType(found.Types?.[0] ?? ""),
    severity: severityOf(found.Severity),
    // Any account may import findings of its own, and write into them what it likes.
    title: plain(found.Title ?? "", titleLimit) || "A finding of Security Hub",
    sample: found.Sample === true || found.ProductFields?.[guardDutySample] === "true",
    named: found.Resources.slice(0, 30).map(({ Type, Id }) => plain(`${Type} ${Id}`, 200)),
    ...(found.FirstObservedAt && { firstSeen: found.FirstObservedAt }),
    lastSeen: found.LastObservedAt ?? found.UpdatedAt ?? new Date(0).toISOString(),
    ...inSecurityHub(found),
    link: `https://${place.region}.console.aws.amazon.com/securityhub/home?region=${place.region}#/findings`,
    requestedAt: time,
    ...(action === customActions.dryRun && { dryRun: true }),
  };
  const sent: Sent = { finding, place };
  if (namesVictim(finding.type) && action !== customActions.release) {
    return advise(
      sent,
      plain(resource.Id, 120),
      "The finding names the application that somebody attacked, the victim: Cordon does not contain it for that",
      "If an intruder has the credentials, contain them by name: npx cordon contain",
    );
  }
  if (type === undefined) return { kind: "unanswered", ...sent, resource: typeName(resource.Type) };
  if (about.length > 1) {
    const things = { AwsIamAccessKey: "access keys", AwsEc2Instance: "instances" }[type];
    return advise(
      sent,
      type === "AwsIamAccessKey" ? "credentials" : things,
      `The finding names ${about.length} ${things}, and Cordon answers for one`,
      "Contain each with a finding that names it alone, or manually.",
    );
  }
  return type === "AwsIamAccessKey"
    ? ofCredentials(resource, sent)
    : ofInstance(resource, sent, region);
}

/** A product's ARN, of AWS, a partner or an account: the region is where the finding arose. */
const productArn = /^arn:aws:securityhub:[a-z]{2}(-[a-z]+)+-\d:(\d{12})?:product\/[\w-]+\/[\w-]+$/;

function inSecurityHub({
  Id: id,
  ProductArn: product = "",
}: {
  readonly Id: string;
  readonly ProductArn?: string | undefined;
}): Pick<Finding, "inSecurityHub"> {
  // Security Hub takes no id without a character that shows.
  return productArn.test(product) && id.trim() !== "" ? { inSecurityHub: { id, product } } : {};
}

/** GuardDuty's own mark of a sample, as Security Hub keeps it. */
const guardDutySample = "aws/guardduty/service/additionalInfo/sample";

function ofCredentials(resource: AsffResource, sent: Sent): Requested {
  const details = accessKey.safeParse(resource.Details);
  if (!details.success) return refused("a finding about credentials", details.error);
  const { PrincipalType, PrincipalName, UserName, PrincipalId, AccessKeyId } =
    details.data.AwsIamAccessKey;
  const principal = {
    userType: PrincipalType,
    userName: PrincipalName ?? UserName,
    principalId: PrincipalId,
    // The resource's id ends in the key, or in "null" where there is none.
    accessKeyId: AccessKeyId ?? resource.Id.split(":").pop(),
  };
  const credential = credentialOf(principal, sent.place.region);
  if (credential.kind === "advice") return { ...credential, kind: "unanswered", ...sent };
  return incidentOf(
    {
      source: "security-hub",
      resourceType: resource.Type,
      userType: PrincipalType,
      type: sent.finding.type,
    },
    { ...sent, resource: credential.resource },
  );
}

const instanceId = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const instanceArn = /^arn:aws:ec2:([a-z]{2}(?:-[a-z]+)+-\d):(\d{12}):instance\/(i-[0-9a-f]+)$/;

/**
 * Believes the ARN before the fields: products may name the region differently. Where the id stands
 * alone, account and region are the finding's.
 *
 * @param named the region that the resource, or else the finding, names
 */
function ofInstance(resource: AsffResource, sent: Sent, named: string | undefined): Requested {
  const [, region = named, account = sent.place.account, id = resource.Id] =
    instanceArn.exec(resource.Id) ?? [];
  if (!instanceId.test(id)) {
    return advise(
      sent,
      plain(`instance ${resource.Id}`, 120),
      "The finding identifies the instance neither by its ARN nor by its id",
      "Find the instance, and contain it with a GuardDuty finding or manually.",
    );
  }
  if (region === undefined) {
    return advise(
      sent,
      `instance ${id}`,
      `The finding does not say in which region instance ${id} is`,
      `Find it: ${command`aws ec2 describe-instances --instance-ids=${id} --region REGION`}, then contain it with a GuardDuty finding or manually.`,
    );
  }
  // Any account may import findings, of its own account only; but it writes the resource as it likes.
  if (account !== sent.place.account) {
    return advise(
      sent,
      `instance ${id}`,
      `The finding is of account ${sent.place.account}, and its instance of account ${account}: no account may aim Cordon at another`,
      "Find who imported the finding.",
    );
  }
  return incidentOf(
    { source: "security-hub", resourceType: resource.Type, type: sent.finding.type },
    {
      finding: sent.finding,
      place: { ...sent.place, region },
      resource: { kind: "instance", id },
    },
  );
}

function advise(sent: Sent, resource: string, why: string, manualSteps: string): Requested {
  return { kind: "unanswered", ...sent, resource, advice: { why, manualSteps: [manualSteps] } };
}

/** Resources that GuardDuty's guide names in types of Security Hub which leave the purpose out. */
const withoutPurpose = /^(EC2|IAMUser|RDS)[-:](.+)$/;

/**
 * Turns a type as Security Hub has it into GuardDuty's own name. GuardDuty's guide lists both for each
 * type: most are "TTPs/Initial Access/Trojan:EC2-DropPoint", and the rest differ as below. Other
 * products' types keep their last part.
 */
function guardDutyType(written: string): string {
  const [category = "", name = ""] = ["", ...written.split("/")].slice(-2);
  if (!/^[\w!&.: -]{3,150}$/.test(name)) return "unknown type";
  const purpose = category.replaceAll(" ", "");
  // TTPs/PenTest:IAMUser/KaliLinux
  if (/^\w+:\w+$/.test(category)) return `${category}/${name}`;
  // TTPs/Credential Access/IAMUser-AnomalousBehavior, TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver
  const [, resource, rest = ""] = withoutPurpose.exec(name) ?? [];
  if (resource !== undefined && /^[A-Z]\w+$/.test(purpose)) {
    return `${purpose}:${resource}/${rest.replaceAll("-", "")}`;
  }
  const [, of, detail] = /^(\w+:\w+)-(.+)$/.exec(name) ?? [];
  if (of === undefined) return name;
  // TTPs/AnomalousBehavior/Discovery:Kubernetes-PermissionChecked
  return category === "AnomalousBehavior" ? `${of}/${category}.${detail}` : `${of}/${detail}`;
}

/** Security Hub counts to 100 where its products count as they like. */
function severityOf(
  severity: { Product?: number | undefined; Normalized?: number | undefined } | undefined,
): number {
  return severity?.Normalized === undefined ? (severity?.Product ?? 0) : severity.Normalized / 10;
}
