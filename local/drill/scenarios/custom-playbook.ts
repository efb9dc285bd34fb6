/** Scenario: a team's own playbook, added without a fork, closes the URL of a function and opens it again. */
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { homeRegion, members, security } from "../../gateway/accounts";
import { ownerConfig } from "../../gateway/client";
import { seedServiceRole } from "../../seeds/identities";
import { complianceChange } from "../../services/compliance-change";
import type { DrillSession } from "../session";
import { isDryRun, release, type Scenario } from "./scenario";

const [shop] = members as [(typeof members)[number]];
const site = { account: shop.id, region: homeRegion };

const policy = {
  notifyFrom: 4,
  automaticFrom: 7,
  playbooks: { "custom-function-url": { response: "automatic", automaticFrom: 4 } },
};

export const customPlaybook: Scenario = {
  name: "custom-playbook",
  title: "A team's own playbook closes a function's URL, and one command opens it again",
  config: { policy: JSON.stringify(policy) },
  team: {
    program: async () => (await import("../../../examples/custom-playbook")).default(),
    policyPack: "examples/custom-playbook/policies",
  },
  async seed({ organization: { gateway } }) {
    const lambda = new LambdaClient(ownerConfig(gateway, shop.id));
    const { arn } = await seedServiceRole(gateway, site, "lambda", {
      name: "pages",
      allow: ["logs:*"],
    });
    const urls: Record<string, string> = {};
    for (const [FunctionName, Tags] of [
      ["orders", {}],
      ["status", { "public-url": "reviewed" }],
      ["tried", {}],
    ] as const) {
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Tags,
          Role: arn,
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Code: {
            ZipFile: zipSync({ "index.mjs": strToU8("export const handler = () => 'hello';") }),
          },
        }),
      );
      await lambda.send(
        new AddPermissionCommand({
          FunctionName,
          StatementId: "url",
          Action: "lambda:InvokeFunctionUrl",
          Principal: "*",
          FunctionUrlAuthType: "NONE",
        }),
      );
      await lambda.send(
        new AddPermissionCommand({
          FunctionName,
          StatementId: "function",
          Action: "lambda:InvokeFunction",
          Principal: "*",
          InvokedViaFunctionUrl: true,
        }),
      );
      const { FunctionUrl = "" } = await lambda.send(
        new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }),
      );
      urls[FunctionName] = FunctionUrl;
    }
    return urls;
  },
  async run(session, seeded) {
    const { orders = "", status = "" } = seeded as Record<string, string>;
    await ownCheck(session);
    await opened(session, orders);
    if (isDryRun(session)) return;
    const asked = await breach(session, shop.id, "status");
    session.check(
      "a function whose tag says that its URL was reviewed waits for an approval",
      asked.outcome === "awaiting-approval" && (await statusOf(status)) === 200,
    );
    const own = await breach(session, security.id, "cordon-approval-page");
    session.check(
      "Cordon's own function is left alone, and people are notified",
      own.outcome === "notified" &&
        (await authType(session, security.id, "cordon-approval-page")) === "NONE",
    );
  },
};

async function opened(session: DrillSession, url: string): Promise<void> {
  const settings = async () =>
    JSON.stringify([await authType(session, shop.id, "orders"), await statusOf(url)]);
  const before = await settings();
  const found = await breach(
    session,
    shop.id,
    "orders",
    "OrgConfigRule-acme-function-url-signed-a1b2c3d4",
  );
  if (isDryRun(session)) {
    session.check(
      "the team's rule leads to a plan, and nothing is changed",
      found.outcome === "dry-run" && (await settings()) === before,
    );
    return;
  }
  session.check(
    "the team's rule leads to its playbook: the URL, open to everybody, answers nobody who does not sign",
    before === '["NONE",200]' && found.incident != null && (await settings()) === '["AWS_IAM",403]',
  );
  const { calls } = found;
  session.check(
    "it acts through the playbook's own member role, and through no other",
    calls.length > 0 &&
      calls.every(({ principal }) => principal.includes("cordon-contain-custom-function-url/")),
  );
  session.check(
    "a late finding about it changes nothing and notifies nobody",
    (await breach(session, shop.id, "orders")).outcome === "duplicate",
  );
  const report = await release(session, found.incident ?? "");
  session.check(
    "one command opens it exactly as it was",
    report.outcome === "released" && (await settings()) === before,
  );
}

/** Runs the team's own check, with an administrator's credentials, on a function made for it. */
async function ownCheck(session: DrillSession): Promise<void> {
  const { gateway } = session.organization;
  const owner = gateway.callers.trusted(shop.id, "owner", "seed");
  process.env.AWS_ENDPOINT_URL = gateway.url;
  // Loaded here alone: where Cordon was loaded without the playbooks, the file refuses to be.
  const { checkFunctionUrl } = await import("../../../examples/custom-playbook/check");
  const problems = await checkFunctionUrl(site, "tried", owner);
  delete process.env.AWS_ENDPOINT_URL;
  session.check(
    `the team's own check of its playbook passes${problems.map((each) => `: ${each}`).join("")}`,
    problems.length === 0,
  );
}

async function authType(session: DrillSession, account: string, FunctionName: string) {
  const lambda = new LambdaClient(ownerConfig(session.organization.gateway, account));
  return (await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }))).AuthType;
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

/** Has the team's rule report a function. */
async function breach(
  session: DrillSession,
  account: string,
  resource: string,
  rule = "acme-function-url-signed",
) {
  const event = complianceChange({
    ...{ account, region: homeRegion, rule, resource },
    resourceType: "AWS::Lambda::Function",
    now: "NON_COMPLIANT",
    at: session.organization.lambda.now(),
  });
  const { results, calls } = await session.inject(event, `scenario custom-playbook, ${resource}`);
  const [answer] = results;
  return {
    outcome: answer?.outcome,
    incident: answer?.incident,
    calls: calls.filter(({ action }) => action.startsWith("lambda:")),
  };
}
