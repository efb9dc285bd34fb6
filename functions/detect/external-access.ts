/** Parses a finding of IAM Access Analyzer: a resource that somebody outside may use. */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { externalAccess } from "../catalogue/account-events";
import { homeRegion } from "../catalogue/names";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import {
  accountId,
  type Detected,
  refused,
  regionName,
  textOrNone,
  timestamp,
  typeName,
} from "./detected";

const texts = z.nullish(z.record(z.string(), z.string()));
const event = z.object({
  source: z.literal(externalAccess.source),
  "detail-type": z.literal(externalAccess.detailType),
  account: accountId,
  region: regionName,
  time: timestamp,
  detail: z.object({
    accountId,
    resourceType: z.string().check(z.minLength(1), z.maxLength(256)),
    resource: textOrNone,
    status: z.enum(["ACTIVE", "ARCHIVED", "RESOLVED"]),
    isDeleted: z.nullish(z.boolean()),
    isPublic: z.nullish(z.boolean()),
    principal: texts,
    condition: texts,
    action: z.nullish(z.array(z.string())),
    /** Access Analyzer could not read the resource's policy, such as ACCESS_DENIED. */
    error: textOrNone,
  }),
});

type Detail = z.infer<typeof event>["detail"];

/** Everybody, another account as a whole, one principal of it, and what nobody could analyze. */
const severity = { public: 8, account: 7, principal: 5, unread: 4 } as const;

const wholeAccount = /^(\d{12}|arn:aws[\w-]*:iam::\d{12}:root)$/;

/**
 * Parses one event, of which Cordon only notifies.
 *
 * @param securityAccount has the organization's analyzer, whose findings are about any account; there
 *   alone the account may be another one than the envelope's
 */
export function detectExternalAccess(input: unknown, securityAccount: string): Detected {
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("a finding of IAM Access Analyzer", parsed.error);
  const { account, region, time, detail } = parsed.data;
  const { resourceType, status, isDeleted, error } = detail;
  const resource = plain(detail.resource ?? "", 200) || typeName(resourceType);
  const isRole = resourceType === "AWS::IAM::Role";
  const { level, who } = sharedWith(detail);
  const suppressedBecause =
    isDeleted === true
      ? "Access Analyzer deleted the finding"
      : status === "ACTIVE"
        ? undefined
        : `The finding is ${status.toLowerCase()} in Access Analyzer`;
  const finding: Finding = {
    id: idOfAccess(detail),
    type: `AccessAnalyzer:${resourceType.replace(/[^A-Za-z0-9]/g, "").slice(0, 60)}/${types[level]}`,
    severity: severity[level],
    title: plain(`IAM Access Analyzer: ${who} ${resource}`, 256),
    sample: false,
    lastSeen: time,
    named: namedIn(detail),
    link: isRole
      ? `https://console.aws.amazon.com/iam/home#/roles/details/${encodeURIComponent(resource.slice(resource.lastIndexOf("/") + 1))}`
      : `https://${region}.console.aws.amazon.com/access-analyzer/home?region=${region}`,
  };
  const owner = account === securityAccount ? detail.accountId : account;
  const ofOther = owner === detail.accountId ? "" : ` of account ${detail.accountId}`;
  return {
    kind: "unanswered",
    finding,
    // Each region's analyzer reports a role, which is one for all of them.
    place: { account: owner, region: isRole ? homeRegion : region },
    resource,
    ...(suppressedBecause && { suppressedBecause }),
    advice: {
      why: `${who} ${resource}${ofOther}, which no playbook covers`,
      manualSteps:
        error === undefined
          ? [
              "If it is meant to be: archive the finding in Access Analyzer, or write an archive rule.",
              "If not: take the statement out of the resource's policy, see in CloudTrail who wrote it, and what has been read since.",
            ]
          : [
              "See whether the resource's policy denies Access Analyzer, and who wrote it: it may be open to others meanwhile.",
            ],
    },
  };
}

const types = {
  public: "Public",
  account: "OtherAccount",
  principal: "OtherPrincipal",
  unread: "NotAnalyzed",
} as const satisfies Record<keyof typeof severity, string>;

function sharedWith(detail: Detail): {
  readonly level: keyof typeof severity;
  readonly who: string;
} {
  const { error, principal, condition } = detail;
  if (error !== undefined) {
    return { level: "unread", who: `it could not analyze (${plain(error, 60)}) who may use` };
  }
  const isConditional = Object.keys(condition ?? {}).length > 0;
  const everybody = Object.values(principal ?? {}).includes("*");
  if (detail.isPublic ?? (everybody && !isConditional)) {
    return { level: "public", who: "everybody may use" };
  }
  const name = plain(listed(principal, ": ").join(", "), 120) || "somebody outside";
  const isWhole = wholeAccount.test(principal?.AWS ?? "") && !isConditional;
  return {
    level: isWhole ? "account" : "principal",
    who: `${name}${isConditional ? ", on conditions," : ""} may use`,
  };
}

function namedIn({ principal, action, condition }: Detail): readonly string[] {
  const actions = action ?? [];
  const more = actions.length > 10 ? `, and ${actions.length - 10} more` : "";
  return [
    ...listed(principal, " ").map((each) => `principal ${each}`),
    ...(actions.length === 0
      ? []
      : [
          `actions ${actions
            .slice(0, 10)
            .map((each) => plain(each, 80))
            .join(", ")}${more}`,
        ]),
    ...listed(condition, " is ").map((each) => `condition ${each}`),
  ];
}

function listed(of: z.infer<typeof texts>, between: string): readonly string[] {
  return Object.entries(of ?? {})
    .slice(0, 5)
    .map(([key, value]) => `${plain(key, 80)}${between}${plain(value, 200)}`);
}

/** The same access has one id, whichever analyzer of whichever region reports it. */
function idOfAccess({ accountId: owner, resource, principal, condition, error }: Detail): string {
  const access = [
    owner,
    resource,
    error,
    ...[principal, condition].map((of) => listed(of, "=").toSorted()),
  ];
  return `access-${createHash("sha256").update(JSON.stringify(access)).digest("hex").slice(0, 16)}`;
}
