/** Who contains the stolen user: Cordon, by its own plan and steps, or AWS's runbook. */
import type { Incident } from "../../../functions/model/incident";
import type { Identity, MemberAccount } from "../../../functions/model/member-account";
import { facts } from "../../../functions/remediate/facts";
import type { PlaybookOptions } from "../../../functions/remediate/playbook";
import { containAccessKey } from "../../../functions/remediate/playbooks/contain-access-key";
import { kindOf, type Step } from "../../../functions/remediate/steps";
import { security } from "../../gateway/accounts";
import { account, type Credential, denyArn, type RacingAccount, userArn } from "./account";
import type { VirtualClock } from "./clock";
import { type HeldUser, Refused } from "./effects";

interface Target {
  /** The user's unique id. */
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

export type Responder = (clock: VirtualClock, iam: RacingAccount, target: Target) => Promise<void>;

/** Looks again so many milliseconds after the containment began. */
const looksAgainMs = [10_000, 60_000];

/** Contains by the playbook's plan, stage by stage, and looks again as the responder does. */
export const cordon: Responder = async (clock, iam, target) => {
  const member = memberAccount(iam);
  const began = clock.now;
  await contain(clock, member, target);
  for (const later of looksAgainMs) {
    await clock.wait(began + later - clock.now);
    await contain(clock, member, target);
  }
};

async function contain(clock: VirtualClock, member: MemberAccount, target: Target): Promise<void> {
  const incident = incidentOf(target);
  const found = await facts.user.read(incident, member, {
    sleep: (ms) => clock.wait(ms),
    policy: { ...options, disableKeys: "all" },
    journal: { isExposed: async () => false },
    isRefusal: () => false,
  });
  // A renamed user is not found by its name.
  if (found.user === undefined) return;
  const now = new Date(Date.parse("2026-11-29T16:00:00Z") + clock.now);
  const plan = containAccessKey(incident, found, "0f3a9c1d2b4e5f60-1", now, options, "5eed0001");
  for (const stage of plan.stages) {
    await Promise.all(stage.steps.map((step) => apply(step, member)));
  }
}

const options: PlaybookOptions = {
  disableKeys: "all",
  guardrails: "none",
  breakGlass: { roles: [], users: [] },
  ownRoles: { securityAccount: security.id, rolePath: "/", deploymentRole: "cordon-deploy" },
};

/** A step that IAM refuses is tried again at the next look. */
async function apply(step: Step, member: MemberAccount): Promise<void> {
  try {
    const kind = kindOf(step.kind);
    if ((await kind.inspect(step, member)) !== "after") await kind.apply(step, member);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

/**
 * The order that the documentation of AWSSupport-ContainIAMPrincipal gives for a user: disable the
 * access keys, remove console access, attach a deny policy.
 */
export const runbook: Responder = async (_clock, iam, { name: UserName }) => {
  const call = async (operation: string, parameters: Record<string, unknown>) => {
    try {
      return await iam.call(automation, operation, { UserName, ...parameters });
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  };
  const keys = (await call("iam:ListAccessKeys", {}))?.keys as HeldUser["keys"] | undefined;
  for (const { id } of keys ?? []) {
    await call("iam:UpdateAccessKey", { AccessKeyId: id, Status: "Inactive" });
  }
  await call("iam:DeleteLoginProfile", {});
  await call("iam:AttachUserPolicy", { PolicyArn: denyArn });
};

const automation: Credential = { kind: "session", role: "runbook", name: "automation" };
const responder: Credential = { kind: "session", role: "cordon-contain-identity", name: "cordon" };

function incidentOf({ id, name, key }: Target): Incident<"user"> {
  return {
    key: "0f3a9c1d2b4e5f60",
    playbook: "contain-access-key",
    place: { account, region: "us-east-1" },
    resource: { kind: "user", id: name, uniqueId: id, accessKey: key },
    finding: {
      id: "5ec0ffee5ec0ffee5ec0ffee5ec0ffee",
      type: "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
      severity: 8,
      title: "An access key is used from a malicious address",
      sample: false,
      lastSeen: "2026-11-29T16:00:00Z",
    },
  };
}

/** What the steps for users ask of an account, as calls of the member role. */
function memberAccount(iam: RacingAccount): MemberAccount {
  const call = (operation: string, parameters: Record<string, unknown>) =>
    iam.call(responder, `iam:${operation}`, parameters);
  const orNone = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Refused && error.name === "NoSuchEntity") return undefined;
      throw error;
    }
  };
  const fitting = async (work: Promise<unknown>): Promise<"done" | "quota"> => {
    try {
      await work;
      return "done";
    } catch (error) {
      if (error instanceof Refused && error.name === "LimitExceeded") return "quota";
      throw error;
    }
  };
  const users: Partial<Identity> = {
    async user(UserName) {
      const found = (await orNone(call("GetUser", { UserName })))?.user as HeldUser | undefined;
      if (found === undefined) return undefined;
      const { name, id: uniqueId, tags, boundary } = found;
      const more = boundary !== undefined && { boundary };
      return { name, uniqueId, arn: userArn(name), tags, ...more };
    },
    ownerOfKey: async (AccessKeyId) =>
      (await call("GetAccessKeyLastUsed", { AccessKeyId })).owner as string | undefined,
    nameOfUser: async (id) => {
      const users = (await call("ListUsers", {})).users as { id: string; name: string }[];
      return users.find((user) => user.id === id)?.name;
    },
    // Notices list them; the race ends none.
    otherCredentials: async () => [],
    accessKeys: async (UserName) =>
      (await orNone(call("ListAccessKeys", { UserName })))?.keys as HeldUser["keys"] | undefined,
    setKeyActive: async (UserName, AccessKeyId, active) => {
      const Status = active ? "Active" : "Inactive";
      await call("UpdateAccessKey", { UserName, AccessKeyId, Status });
    },
    attachedPolicies: async (UserName) =>
      ((await orNone(call("ListAttachedUserPolicies", { UserName })))?.attached ?? []) as string[],
    attachPolicy: (UserName, PolicyArn) =>
      fitting(call("AttachUserPolicy", { UserName, PolicyArn })),
    inlinePolicies: async ({ name: UserName }) =>
      ((await orNone(call("ListUserPolicies", { UserName })))?.names ?? []) as string[],
    userPolicy: async (UserName, PolicyName) =>
      (await orNone(call("GetUserPolicy", { UserName, PolicyName })))?.document as
        | object
        | undefined,
    putUserPolicy: (UserName, PolicyName, PolicyDocument) =>
      fitting(call("PutUserPolicy", { UserName, PolicyName, PolicyDocument })),
    setBoundary: async (UserName, PermissionsBoundary) => {
      await call("PutUserPermissionsBoundary", { UserName, PermissionsBoundary });
    },
    setPrincipalTags: async ({ name: UserName }, tags) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await call("TagUser", { UserName, Tags });
    },
  };
  const identity = new Proxy(users, {
    get: (known, method) => {
      const found = known[method as keyof Identity];
      if (found === undefined) throw new Error(`The race does not know ${String(method)}`);
      return found;
    },
  }) as Identity;
  return { identity } as MemberAccount;
}
