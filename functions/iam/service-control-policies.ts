/**
 * Writes the service control policies that keep an account's administrators from disabling Cordon or
 * undoing a containment. Data only.
 */

import { denyPolicyArn } from "../catalogue/deny-policies";
import { functionRoleNames } from "../catalogue/own-roles";
import { hasIntruder } from "../catalogue/playbooks";
import { cordonTag, madeByTag } from "../catalogue/quarantine-group";
import { instanceTags, optOut, quarantined, restoredTags } from "../catalogue/tags";
import { denyAllArn } from "../remediate/steps/deny-user";
import {
  baselineChanges,
  boundaryDeletions,
  bridges,
  detachments,
  groupChanges,
  instanceChanges,
  interfaceChanges,
  invocations,
  policyChanges,
  principalChanges,
  roleChanges,
  snapshotChanges,
  tagging,
  userTakeovers,
} from "./guarded-actions";
import { type BreakGlass, memberRoles } from "./member-roles";

/** The principals that the policies exempt, and so must keep others from becoming. */
export interface Guarded extends BreakGlass {
  readonly securityAccount: string;
  /** Name of the role the deployment assumes in the members. */
  readonly deploymentRole: string;
  /** Path of the roles in the members. @default "/" */
  readonly rolePath?: string;
  /** `role/NAME` or `user/NAME` of the security account, with which the deployment runs there. */
  readonly deployers: readonly string[];
  /**
   * IAM users may make and change other principals. Denied, a stolen key cannot be turned into
   * another credential in the seconds before a deny is in effect. @default true
   */
  readonly usersManageIam?: boolean;
}

export interface ServiceControlPolicy {
  /** Unique among the policies of one stage. */
  readonly name: string;
  readonly description: string;
  readonly document: { readonly Version: "2012-10-17"; readonly Statement: readonly Statement[] };
}

type Statement = Denial | (Omit<Denial, "Resource"> & NotOn);

interface NotOn {
  readonly NotResource: readonly string[];
}

/** One statement, which denies actions to all principals but those its condition exempts. */
export interface Denial {
  readonly Sid: string;
  readonly Effect: "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** What Organizations takes, measured without white space. */
export const policyLimit = 5_120;

/**
 * Tags that only Cordon sets and removes. Those of snapshots are ordinary words, so that snapshots
 * are guarded by what they carry and not by the keys.
 */
const guardedTags: readonly string[] = [
  ...new Set([
    cordonTag,
    madeByTag,
    // With it an attacker would exempt the compromised instance, user or role from containment.
    optOut.tag,
    ...restoredTags,
    ...instanceTags,
  ]),
];

/** StackSets' own role in each member of a service-managed stack set. */
const stackSetsRole = "role/stacksets-exec-*";

/** Writes the policies, each to be attached to the same roots or organizational units. */
export function serviceControlPolicies(guarded: Guarded): readonly ServiceControlPolicy[] {
  return [
    {
      name: "cordon-guards-itself",
      description: "Protects Cordon's roles, rules and tags from all other principals",
      document: { Version: "2012-10-17", Statement: itself(guarded) },
    },
    {
      name: "cordon-guards-containment",
      description:
        "Protects what Cordon has contained, and its functions from direct invocation, from all other principals",
      document: { Version: "2012-10-17", Statement: containment(guarded) },
    },
    {
      name: "cordon-guards-principals",
      description:
        "Protects the users and roles that Cordon has contained, from themselves as well",
      document: { Version: "2012-10-17", Statement: principals(guarded) },
    },
  ];
}

/**
 * Beginnings of the names of functions that a queue, a rule or a workflow invokes, and no person: they
 * believe their input. Queues and rules are services, which no service control policy binds. People
 * invoke cordon-approve, cordon-release, cordon-redrive, cordon-sweep, cordon-test-channels and
 * cordon-reconcile-exposed-keys, and browsers cordon-approval-page, which believes nothing but links that
 * KMS computed a code for.
 */
const servicesOwn = ["ask-", "cut-", "look-up-", "notify-", "respond-", "triage", "watch"];

function itself(guarded: Guarded): readonly Denial[] {
  const { securityAccount } = guarded;
  const exempt = administrators(guarded);
  const ofKind = (kind: string) => exempt.filter((arn) => arn.includes(`:${kind}/`));
  const anywhere = (service: string, resource: string) => `arn:aws:${service}:*:*:${resource}`;
  // Functions have their roles without a path, members theirs perhaps under one.
  const cordonRoles = [...new Set(["/", guarded.rolePath ?? "/"])].map(
    (path) => `arn:aws:iam::*:role${path}cordon-*`,
  );
  const users = ofKind("user");
  return [
    // A principal that could create or change an exempt role would be exempt itself. The responders are
    // not exempt here: no response changes these roles, whatever its own policy may allow one day.
    deny("Roles", roleChanges, [...cordonRoles, ...ofKind("role")], unless(exempt)),
    ...(users.length > 0 ? [deny("WaysBackIn", userTakeovers, users, unless(exempt))] : []),
    // The trust policies say so too; this holds if one of them is loosened. In the security account
    // itself the deployment role is assumed by whoever deploys, whatever their name.
    deny("Sessions", ["sts:AssumeRole"], cordonRoles, {
      ...unless([`arn:aws:iam::${securityAccount}:role/cordon-*`]),
      StringNotEquals: { "aws:ResourceAccount": securityAccount },
    }),
    deny(
      "Baseline",
      baselineChanges,
      [
        // CloudFormation names a member's stack after its stack set.
        anywhere("cloudformation", "stack/StackSet-cordon-*"),
        anywhere("events", "rule/cordon-forward-*"),
        anywhere("sqs", "cordon-forward-*"),
        anywhere("ssm", "document/cordon-*"),
      ],
      unless(exempt),
    ),
    deny("Tags", tagging, ["*"], {
      ...unless([...exempt, ...responders(guarded)]),
      // IAM takes "securitystatus" for the same tag and would let it replace SecurityStatus.
      "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": guardedTags },
    }),
  ];
}

function containment(guarded: Guarded): readonly Denial[] {
  const { securityAccount } = guarded;
  const exempt = unless([...administrators(guarded), ...responders(guarded)]);
  const ec2 = (type: string) => `arn:aws:ec2:*:*:${type}/*`;
  const bears = (tags: Readonly<Record<string, string>>) => ({
    ...exempt,
    StringEquals: Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
    ),
  });
  const has = (tag: string) => ({ ...exempt, Null: { [`aws:ResourceTag/${tag}`]: "false" } });
  const isQuarantined = bears({ SecurityStatus: quarantined });
  return [
    deny("Groups", groupChanges, [ec2("security-group")], has(cordonTag)),
    // An interface is tagged before it is moved, an instance at the very end.
    deny("Interfaces", interfaceChanges, [ec2("network-interface")], has(cordonTag)),
    deny("Instances", instanceChanges, [ec2("instance")], isQuarantined),
    deny(
      "Snapshots",
      snapshotChanges,
      // A snapshot's ARN names no account.
      [`arn:aws:ec2:*::snapshot/*`],
      bears({ Purpose: "Forensic", CreatedBy: "Cordon" }),
    ),
    // Of no containment: the policy of Cordon itself has no room for it. The asterisk stands for a version
    // or an alias, too, which the ARN of an invocation bears where it names one, $LATEST included.
    deny(
      "Functions",
      invocations,
      servicesOwn.map((name) => `arn:aws:lambda:*:${securityAccount}:function:cordon-${name}*`),
      // A workflow has a role of this account, which the policies bind.
      unless(
        [functionRoleNames.approvalWorkflow, functionRoleNames.exposedKeyWorkflow].map(
          (name) => `arn:aws:iam::${securityAccount}:role/${name}`,
        ),
      ),
    ),
  ];
}

/**
 * IAM takes seconds until a deny is in effect, and the contained principal could remove it until then.
 * So these exist before any incident: what they look at is either in the request or on the target
 * before the deny is.
 */
function principals(guarded: Guarded): readonly Statement[] {
  const exempt = unless([...administrators(guarded), ...responders(guarded)]);
  const users = "arn:aws:iam::*:user/*";
  const exemptUsers = administrators(guarded).filter((arn) => arn.includes(":user/"));
  const ofUsers = {
    ArnLike: { "aws:PrincipalArn": [users] },
    ...(exemptUsers.length > 0 && unless(exemptUsers)),
  };
  const all = ["arn:aws:iam::*:role/*", users];
  const ownDenies = denyPolicyArn("*", "*");
  return [
    // Detaching always shows the key; changes of Cordon's own policies, the other resource, never do.
    deny("Denies", [...detachments, ...policyChanges], [...all, ownDenies], {
      ...exempt,
      ArnLikeIfExists: { "iam:PolicyARN": [denyAllArn, ownDenies] },
    }),
    // Of Delete the key is the present boundary, of Put the new one: Put is left to Principals.
    deny("Boundaries", boundaryDeletions, all, {
      ...exempt,
      ArnEquals: { "iam:PermissionsBoundary": denyAllArn },
    }),
    // The name of an inline policy is no condition key: the tag, which is set first, guards them.
    deny("Principals", principalChanges, all, {
      ...exempt,
      StringEquals: { "aws:ResourceTag/SecurityStatus": quarantined },
    }),
    // The mark is a deny itself, which no quota keeps from a user and renaming does not shake off.
    // Not for roles: their new sessions work on, and a session's tags replace those of its role.
    deny("Marked", ["*"], ["*"], {
      ...ofUsers,
      StringEquals: { "aws:PrincipalTag/SecurityStatus": quarantined },
    }),
    ...(guarded.usersManageIam === false
      ? [
          {
            Sid: "Bridges",
            Effect: "Deny" as const,
            Action: bridges,
            // A user may go on rotating its own keys: a deny on the user ends these, too.
            NotResource: ["", "*/"].map((path) => `${users.slice(0, -1)}${path}\${aws:username}`),
            Condition: ofUsers,
          },
        ]
      : []),
  ];
}

/** Lists Cordon's deployers and the break-glass principals, as aws:PrincipalArn shows them. */
function administrators(guarded: Guarded): readonly string[] {
  const { securityAccount, deploymentRole, deployers } = guarded;
  const anywhere = (path: string) => `arn:aws:iam::*:${path}`;
  return [
    ...new Set([
      anywhere(`role/${deploymentRole}`),
      anywhere(stackSetsRole),
      ...guarded.breakGlassRoles.map((pattern) => anywhere(`role/${pattern}`)),
      ...guarded.breakGlassUsers.map((pattern) => anywhere(`user/${pattern}`)),
      ...deployers.map((path) => `arn:aws:iam::${securityAccount}:${path}`),
    ]),
  ];
}

/** Lists the member roles that change something, exactly: a role of a like name is not exempt. */
function responders({ rolePath = "/" }: Guarded): readonly string[] {
  return (
    memberRoles
      // What posture and addresses are about is under no policy of these.
      .filter(({ duty, family }) => duty !== "investigate" && hasIntruder(family))
      .map(({ name }) => `arn:aws:iam::*:role${rolePath}${name}`)
  );
}

function unless(principals: readonly string[]): Denial["Condition"] {
  return { ArnNotLike: { "aws:PrincipalArn": principals } };
}

function deny(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition: Denial["Condition"],
): Denial {
  return { Sid, Effect: "Deny", Action, Resource, Condition };
}
