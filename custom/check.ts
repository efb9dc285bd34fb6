/** Checks a team's playbook as Cordon's own tests check Cordon's: one call, for any test runner. */
import { isDeepStrictEqual } from "node:util";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { type CustomSetting, customId, customPlaybooks } from "../functions/catalogue/custom";
import { matches } from "../functions/catalogue/event-pattern";
import { complianceChanges, playbookPattern } from "../functions/catalogue/patterns";
import { routedPlaybooks } from "../functions/catalogue/playbooks";
import { detect } from "../functions/detect/detect";
import { memberRoleStatements, memberRoles } from "../functions/iam/member-roles";
import type { Incident } from "../functions/model/incident";
import type { MemberAccount, SettingState } from "../functions/model/member-account";
import { merge, policyDocument, policyLength } from "../functions/model/policy-document";
import type { Statement } from "../functions/model/statement";
import { facts } from "../functions/remediate/facts";
import { allSteps, type Plan } from "../functions/remediate/plan";
import { planOf } from "../functions/remediate/playbooks";
import { kindOf, type Step } from "../functions/remediate/steps";
import { excess } from "../policies/statements";

/** A resource whose setting the check changes and gives back: never one that is in use. */
export interface Target {
  readonly account: string;
  readonly region: string;
  /** Its id, as AWS Config has it. The setting must not be as the playbook wants it. */
  readonly id: string;
  /** An id of the same form of which there is no resource. */
  readonly missing: string;
  /** What the setting's file opens, with credentials of a test account or an emulator. */
  readonly setting: CustomSetting;
}

/** What STS allows a session's policy, in characters. */
const sessionPolicyLimit = 2_048;
const securityAccount = "000000000000";
const untouched = {
  securityAccount,
  rolePath: "/",
  deploymentRole: "cordon-deploy",
  breakGlassRoles: [],
  breakGlassUsers: [],
};

/**
 * Lists what is wrong with a custom playbook, in sentences: nothing where its findings reach it, its
 * sessions stay within its roles and within their limits, the journal keeps its plan as it is, and its
 * setting is changed, found, changed again and given back as it was, each twice.
 *
 * @param name as in its definition
 */
export async function checkPlaybook(name: string, target: Target): Promise<readonly string[]> {
  const id: string = customId(name);
  const playbook = customPlaybooks().get(id);
  if (playbook === undefined) return [`No custom playbook ${name} was added`];
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };

  let incident: Incident<"posture"> | undefined;
  for (const rule of Object.keys(playbook.rules)) {
    const names = [rule, `${rule}-conformance-pack-a1b2c3d4e`, `OrgConfigRule-${rule}-a1b2c3d4`];
    for (const deployed of names) {
      const event = breach(deployed, playbook.resourceType, target);
      const answering = routedPlaybooks.filter((each) => matches(playbookPattern(each), event));
      const found = detect(event, securityAccount);
      demand(
        answering.join() === id && found.kind === "incident" && found.incident.playbook === id,
        `A breach of ${deployed} by ${target.id} must reach ${id} alone, but it reaches ${answering.join(", ") || "nothing"}, and is ${found.kind}`,
      );
      if (found.kind === "incident") incident = found.incident as Incident<"posture">;
    }
  }
  if (incident === undefined) return problems;

  const account = accountWith(target.setting);
  const before = await target.setting.read(target.id);
  if (before === undefined) return [...problems, `There is no ${target.id} to try it on`];
  demand(
    (await target.setting.read(target.missing)) === undefined,
    `read must give undefined for ${target.missing}, which does not exist`,
  );
  const plan = planFor(incident, before);
  problems.push(...permissionProblems(incident, plan));
  demand(
    isDeepStrictEqual(unmarshall(marshall(plan, { removeUndefinedValues: true })), plan),
    "The journal must give the plan back as it is: the value that read gives must be JSON",
  );
  if (facts.posture.circumstances({ setting: before }, incident).quarantined) {
    return [...problems, `The setting of ${target.id} is already as the playbook wants it`];
  }
  for (const step of allSteps(plan)) problems.push(...(await convergence(step, account)));
  return problems;
}

/** Carries a step out and undoes it, each twice, as runs that died would. */
async function convergence(step: Step, account: MemberAccount): Promise<readonly string[]> {
  const kind = kindOf(step.kind);
  const problems: string[] = [];
  const expectState = async (wanted: string, when: string) => {
    const state = await kind.inspect(step, account);
    if (state !== wanted) {
      problems.push(
        `To ${kind.describe(step)}: ${when}, inspect must find "${wanted}", not "${state}"`,
      );
    }
  };
  await expectState("before", "at first");
  for (const when of ["once it is applied", "once it is applied again"]) {
    await kind.apply(step, account);
    await expectState("after", when);
  }
  for (const when of ["once it is undone", "once it is undone again"]) {
    if (kind.undo !== "keep") await kind.undo(step, account, new Date());
    await expectState("before", when);
  }
  return problems;
}

/** Compares what sessions may do with what the deployed roles may, and with what STS takes. */
function permissionProblems(incident: Incident<"posture">, plan: Plan): readonly string[] {
  const { place, resource } = incident;
  const playbook: string = incident.playbook;
  const sessions = {
    contain: [
      facts.posture.permissions({ place, resource }),
      ...allSteps(plan).map((step) => kindOf(step.kind).permissions(step, place)),
    ],
    release: allSteps(plan).map((step) => kindOf(step.kind).undoPermissions(step, place)),
  };
  return memberRoles
    .filter(({ family }) => family === playbook)
    .flatMap((role) => {
      const allowed = memberRoleStatements(role, place.account, untouched);
      const asked = sessions[role.duty as keyof typeof sessions];
      return asked.flatMap((statements) => [
        ...beyond(statements, allowed).map((what) => `A session of ${role.name} ${what}`),
        ...(policyLength(statements) > sessionPolicyLimit
          ? [
              `A session of ${role.name} must have a policy of at most ${sessionPolicyLimit} characters, but it has ${policyLength(statements)}`,
            ]
          : []),
      ]);
    });
}

function beyond(statements: readonly Statement[], allowed: readonly Statement[]) {
  return policyDocument(merge(statements)).Statement.flatMap((each) =>
    excess({ ...each }, allowed),
  );
}

function planFor(incident: Incident<"posture">, setting: SettingState): Plan {
  const options = {
    disableKeys: "named",
    guardrails: "none",
    breakGlass: { roles: [], users: [] },
    ownRoles: untouched,
  } as const;
  return planOf(
    incident as Incident,
    { setting },
    `${incident.key}-1`,
    new Date(),
    options,
    "5eed0001",
  );
}

/** An account of which steps of a custom playbook ask for nothing but settings. */
function accountWith(setting: CustomSetting): MemberAccount {
  return {
    settings: {
      read: (_control, id) => setting.read(id),
      write: (_control, id, value) => setting.write(id, value),
    },
  } as Partial<MemberAccount> as MemberAccount;
}

/** Writes what AWS Config sends of a breach (Developer Guide, "Example Amazon EventBridge events"). */
function breach(configRuleName: string, resourceType: string, { account, region, id }: Target) {
  return {
    version: "0",
    id: "00000000-0000-0000-0000-000000000000",
    source: complianceChanges.source,
    "detail-type": complianceChanges.detailType,
    account,
    region,
    time: new Date().toISOString(),
    resources: [],
    detail: {
      awsAccountId: account,
      awsRegion: region,
      configRuleName,
      resourceType,
      resourceId: id,
      newEvaluationResult: { complianceType: "NON_COMPLIANT" },
    },
  };
}
