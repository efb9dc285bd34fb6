import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudTrailClient, StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import {
  ConfigServiceClient,
  DeleteConfigurationRecorderCommand,
} from "@aws-sdk/client-config-service";
import { IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import {
  type Account,
  deploymentRole,
  governedRegions,
  members,
  security,
} from "../../local/gateway/accounts";
import { ownerConfig } from "../../local/gateway/client";
import type { Gateway } from "../../local/gateway/gateway";
import type { Credentials } from "../../local/gateway/iam/caller";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import { cordon, makeOperator, makeRecorder, makeTrail } from "../support/check/seeded";
import { deployed } from "./deployed";

// What this organization does not have is refused by name, in the words of each protocol.
const refusal = /CordonLocalUnknownOperation: .* is not available in the local organization/;

/** The table with the refusals of this organization cut short, and without what to do. */
function brief(lines: readonly string[]): readonly string[] {
  const end = lines.indexOf("");
  return lines
    .slice(0, end === -1 ? undefined : end)
    .filter((line) => !line.trimStart().startsWith("→"))
    .map((line) => line.replace(refusal, "…").trimEnd());
}

/** Everything after the table. */
function ending(lines: readonly string[]): readonly string[] {
  return lines.slice(lines.indexOf("") + 1);
}

const heading =
  "account       check             region                result   detail, and what to do";

/** The rows of each governed account that passes; other rows come in between. */
const inOrder = {
  regions: [
    "              member-roles                            ok       none yet: the deployment creates them",
    "              region            us-east-1, eu-west-1  ok       needs no opt-in",
    "              control-policies  us-east-1, eu-west-1  unknown  iam:SimulatePrincipalPolicy failed with …",
    "              dry-run           us-east-1, eu-west-1  ok       a quarantine group can be made",
  ],
  events: [
    "              trail             us-east-1, eu-west-1  ok       trail everything logs management events that write",
    "              recorder          us-east-1             ok       records, IAM users among the rest",
    "              recorder          eu-west-1             ok       records",
    "              support-plan                            ok       Trusted Advisor answers",
  ],
  quotas: [
    "              group-quota       us-east-1, eu-west-1  unknown  servicequotas:GetServiceQuota failed with …",
    "              rule-quota        us-east-1, eu-west-1  unknown  servicequotas:GetServiceQuota failed with …",
  ],
};

const ofSecurity = [
  "123456789012  credentials                             ok       these are assumed-role/cordon-deploy/check",
  "              organization                            ok       o-cordonlocal with all features",
  "              account                                 ok       security is ACTIVE",
  "              trusted-access                          unknown  organizations:ListAWSServiceAccessForOrganization failed with …",
  "              administrator                           unknown  organizations:ListDelegatedServicesForAccount failed with …",
  "              policy-type                             ok       service control policies are enabled",
  "              deployment-role                         ok       not needed: these are its own credentials",
  ...inOrder.regions,
  "              guardduty         us-east-1, eu-west-1  warn     no detector, so no finding arrives",
  "              security-hub      us-east-1             unknown  securityhub:DescribeOrganizationConfiguration failed with …",
  ...inOrder.events,
  "              iam-quota                               ok       1 of 1000 roles",
  "              channels          us-east-1             warn     nobody confirmed a subscription of the notice topic, and no channel posts to people",
  "              lambda-quota      us-east-1             unknown  lambda:GetAccountSettings failed with …",
  ...inOrder.quotas,
];
const ofManagement = [
  "111122223333  account                                 ok       management is ACTIVE",
  "              deployment-role                         ok       cordon-deploy can be assumed",
  "              guardduty         us-east-1, eu-west-1  unknown  guardduty:ListOrganizationAdminAccounts failed with …",
  "              stack-set-quota   us-east-1             unknown  cloudformation:ListStackSets failed with …",
  "              other-stages      us-east-1             unknown  cloudformation:ListStackSets failed with …",
];
const ofMember = ({ id, name }: Account) => [
  `${id}  account                                 ok       ${name} is ACTIVE`,
  "              deployment-role                         ok       cordon-deploy can be assumed",
  ...inOrder.regions,
  ...inOrder.events,
  "              iam-quota                               ok       1 of 1000 roles",
  ...inOrder.quotas,
];

describe("npx cordon check, before the first deployment [P1] [V3]", () => {
  let organization: LocalOrganization;
  let gateway: Gateway;
  let operator: Required<Credentials>;
  const [shop, data] = members as [Account, Account];

  before("seed an organization that is ready", async () => {
    organization = await openLocalOrganization();
    gateway = organization.gateway;
    for (const { id } of [security, ...members]) {
      await makeTrail(gateway, id);
      for (const region of governedRegions) await makeRecorder(gateway, id, region);
    }
    operator = await makeOperator(gateway);
  });

  after(async () => {
    delete shop.state;
    await organization.close();
  });

  const run = (...args: readonly string[]) =>
    cordon(["check", "-s", "local", ...args], gateway, operator);

  it("passes what the organization holds, and calls unknown what it cannot answer", async () => {
    const from = gateway.record.entries.length;
    const { lines, code, errors } = await run();
    expect(errors).to.equal("");
    expect(brief(lines)).to.deep.equal([
      heading,
      ...ofSecurity,
      ...ofManagement,
      ...members.flatMap(ofMember),
    ]);
    expect(ending(lines)).to.deep.equal([
      "44 ok, 3 to consider, 0 failed, 26 unknown",
      "",
      "Containment not verified:",
      "  123456789012: control-policies",
      "  222233334444: control-policies",
      "  333344445555: control-policies",
    ]);
    expect(code).to.equal(1);

    // Every call was decided by the policies of the deployment roles, and by that of the session.
    const calls = gateway.record.entries.slice(from);
    const refused = calls.filter(({ allowed, why }) => !allowed && !refusal.test(why ?? ""));
    expect(refused.map(({ action, why }) => `${action} ${why}`)).to.deep.equal([]);
    const changes = calls.filter(({ mutating, allowed, request }) => {
      return mutating && allowed && (request as { DryRun?: string }).DryRun !== "true";
    });
    expect(changes.map(({ action }) => action)).to.deep.equal([]);
  });

  it("passes with --allow-unknown, and writes every finding to a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cordon-"));
    try {
      const file = join(folder, "check.json");
      const { code } = await run("--allow-unknown", "--json", file, "--account", shop.id);
      expect(code).to.equal(0);
      const { stack, passed, findings, uncontainable } = JSON.parse(readFileSync(file, "utf8"));
      expect({ stack, passed, uncontainable }).to.deep.equal({
        stack: "local",
        passed: true,
        uncontainable: {},
      });
      expect(findings).to.deep.include({
        check: "recorder",
        account: shop.id,
        region: "us-east-1",
        state: "ok",
        detail: "records, IAM users among the rest",
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("fails where something is broken, says what to do, and names who is uncontainable", async () => {
    const owner = (account: string, region?: string) => ownerConfig(gateway, account, region);
    await new ConfigServiceClient(owner(security.id)).send(
      new DeleteConfigurationRecorderCommand({ ConfigurationRecorderName: "default" }),
    );
    await new CloudTrailClient(owner(security.id)).send(
      new StopLoggingCommand({ Name: "everything" }),
    );
    const statement = {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::999988887777:root" },
      Action: "sts:AssumeRole",
    };
    await new IAMClient(owner(data.id)).send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: deploymentRole,
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    shop.state = "SUSPENDED";
    gateway.trustedAdvisor.withoutPlan(security.id);

    const { lines, code } = await run("--allow-unknown");
    expect(code).to.equal(1);
    const wrong = lines.flatMap((line, index) =>
      /\s(fail|warn)\s{4}/.test(line) ? [line, lines[index + 1]?.trimStart()] : [],
    );
    expect(wrong).to.deep.equal([
      "              guardduty         us-east-1, eu-west-1  warn     no detector, so no finding arrives",
      "→ Enable GuardDuty here, with the security account as delegated administrator.",
      "              trail             us-east-1             fail     trail everything is stopped: a VPC made later gets its quarantine group only with the next sweep, and neither root's sign-ins nor AWS's quarantine of a public key's user are heard",
      "→ Have a multi-region trail, best the organization's, log management events that write.",
      "              trail             eu-west-1             fail     trail everything is stopped: a VPC made later gets its quarantine group only with the next sweep",
      "→ Have a multi-region trail, best the organization's, log management events that write.",
      "              recorder          us-east-1             fail     no recorder: key rotation reports nothing",
      "→ Turn on AWS Config here.",
      "              support-plan                            warn     the support plan has no Trusted Advisor API: exposed keys are known from AWS Health alone",
      "→ Choose a support plan with the API, or accept that keys which AWS Health misses are not found.",
      "              channels          us-east-1             warn     nobody confirmed a subscription of the notice topic, and no channel posts to people",
      "→ Confirm a subscription of the topic cordon-notices by the link that was mailed, or add a channel to cordon:notify; then run npx cordon notify --test.",
      "222233334444  account                                 fail     shop-production is SUSPENDED: nothing can be changed in it",
      "→ Take 222233334444 out of cordon:memberAccounts, or have AWS Support reactivate the account.",
      "              deployment-role                         fail     cordon-deploy cannot be assumed",
      "→ Deploy deploy/bootstrap/member.yaml in 333344445555, and run the check with the deployment role of the security account.",
    ]);
    expect(ending(lines)).to.deep.equal([
      "15 ok, 4 to consider, 5 failed, 14 unknown",
      "",
      "Uncontainable:",
      "  222233334444: account",
      "  333344445555: deployment-role",
      "",
      "Containment not verified:",
      "  123456789012: control-policies",
    ]);
  });

  it("ends with 2 and one sentence where it is called or configured wrongly", async () => {
    const wrong = await cordon(["check"], gateway, operator);
    expect([wrong.code, wrong.errors.split("\n")[0]]).to.deep.equal([
      2,
      "error: required option '-s, --stack <name>' not specified",
    ]);
    const foreign = await run("--account", "999988887777");
    expect([foreign.code, foreign.errors.trimEnd()]).to.deep.equal([
      2,
      "999988887777 is no account of the stack local.",
    ]);
  });
});

describe("npx cordon check, once it is deployed [P1]", () => {
  it("finds its roles in every account, with the trust of these settings", async () => {
    const { organization } = await deployed();
    const { gateway } = organization;
    const operator = await makeOperator(gateway);
    const { lines } = await cordon(["check", "-s", "local", "--all"], gateway, operator);
    const roles = lines.filter((line) => /\bmember-roles\b.*\bok\b/.test(line));
    expect(roles).to.have.length(3);
    for (const line of roles) {
      expect(line).to.match(
        /all \d+ exist; read, not assumed, since they trust Cordon's functions alone$/,
      );
    }
  });
});
