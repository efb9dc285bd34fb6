/** Reads what a person sends to Cordon by the custom action in Security Hub, or says why it is nothing. */
import * as z from "zod/mini";
import type { Finding, Place } from "../incident";
import { containAction } from "../patterns";
import { credentialOf } from "./credentials";
import {
  accountId,
  type Detected,
  incidentOf,
  refused,
  regionName,
  textOrNone,
  timestamp,
} from "./detected";

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
        AwsAccountId: accountId,
        Types: z.optional(z.array(z.string())),
        Title: z.optional(z.string()),
        Severity: z.optional(
          z.object({
            Product: z.optional(z.number()),
            Normalized: z.optional(z.number()),
          }),
        ),
        LastObservedAt: z.optional(timestamp),
        UpdatedAt: z.optional(timestamp),
        Sample: z.optional(z.boolean()),
        Resources: z
          .array(
            z.object({
              Type: z.string(),
              Id: z.string(),
              Partition: z.optional(z.string()),
              Region: z.optional(z.string()),
              Details: z.optional(z.unknown()),
            }),
          )
          .check(z.minLength(1)),
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

/**
 * Parses one event.
 *
 * @param securityAccount must be the account of the envelope: there people choose the action, and
 *   only there are all members' findings to be seen.
 */
export function detectSecurityHub(input: unknown, securityAccount: string): Detected {
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
  if (!resources.some((arn) => arn.endsWith(`:action/custom/${containAction}`))) {
    return {
      kind: "refused",
      reason: `The custom action is ${resources.join(", ") || "not named"}; Cordon answers ${containAction}`,
    };
  }
  const [found] = detail.findings;
  // A finding may list what the credentials were used on beside the credentials, in any order.
  const credentials = found.Resources.filter(({ Type }) => Type === "AwsIamAccessKey");
  const resource = credentials[0] ?? found.Resources[0];
  if (resource === undefined) throw new Error("A parsed finding has a resource");
  const partition = resource.Partition ?? "aws";
  if (partition !== "aws") {
    return { kind: "refused", reason: `Partition ${partition} is not supported, only aws` };
  }
  // Of a global resource the region may be "aws-global": any region will do.
  const region = regionName.safeParse(resource.Region);
  const place: Place = {
    partition,
    account: found.AwsAccountId,
    region: region.success ? region.data : "us-east-1",
  };
  const finding: Finding = {
    id: found.Id.split("/").pop()?.slice(0, 64) ?? "",
    type: typeOf(found.Types?.[0]),
    severity: severityOf(found.Severity),
    title: lineOf(found.Title) || "A finding of Security Hub",
    role: "unknown",
    sample: found.Sample === true,
    lastSeen: found.LastObservedAt ?? found.UpdatedAt ?? new Date(0).toISOString(),
    link: `https://${place.region}.console.aws.amazon.com/securityhub/home?region=${place.region}#/findings`,
    requestedAt: time,
  };
  if (resource !== credentials[0]) {
    return { kind: "unanswered", finding, place, resource: resource.Type };
  }
  if (credentials.length > 1) {
    return {
      kind: "unanswered",
      finding,
      place,
      resource: "credentials",
      advice: {
        why: `The finding names ${credentials.length} access keys, and Cordon answers for one`,
        instead: ["Contain each by the finding that is about it alone, or by hand."],
      },
    };
  }
  const details = accessKey.safeParse(resource.Details);
  if (!details.success) return refused("a finding about credentials", details.error);
  const { PrincipalType, PrincipalName, UserName, PrincipalId, AccessKeyId } =
    details.data.AwsIamAccessKey;
  const credential = credentialOf({
    userType: PrincipalType,
    userName: PrincipalName ?? UserName,
    principalId: PrincipalId,
    // The resource's id ends in the key, or in "null" where there is none.
    accessKeyId: AccessKeyId ?? resource.Id.split(":").pop(),
  });
  if (credential.kind === "advice") return { ...credential, kind: "unanswered", finding, place };
  return incidentOf(
    {
      source: "security-hub",
      resourceType: resource.Type,
      userType: PrincipalType,
      type: finding.type,
    },
    { place, resource: credential.resource, finding },
  );
}

/** Any account may import findings of its own: a title must not write further lines of a notice. */
function lineOf(title = ""): string {
  return title
    .replace(/[\s\p{C}]+/gu, " ")
    .trim()
    .slice(0, 256);
}

/** Turns "TTPs/Initial Access/UnauthorizedAccess:IAMUser-TorIPCaller" into GuardDuty's own name. */
function typeOf(type: string | undefined): string {
  const name = type?.split("/").pop() ?? "";
  return /^[\w!&.: -]{3,150}$/.test(name) ? name.replace(/^(\w+:\w+)-/, "$1/") : "unknown type";
}

/** Security Hub counts to 100 where its products count as they like. */
function severityOf(
  severity: { Product?: number | undefined; Normalized?: number | undefined } | undefined,
): number {
  return severity?.Normalized === undefined ? (severity?.Product ?? 0) : severity.Normalized / 10;
}
