/**
 * Measures what the number of accounts does to a deployment: its resources, and the time the program
 * takes to declare them. AWS is answered by Pulumi's mocks; neither engine nor provider takes part.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { deploy } from "../../../deploy";
import { parseSettings, type Settings } from "../../../settings";

const repository = path.resolve(__dirname, "../../..");

/** One deployment into an organization of so many member accounts. */
export interface DeploymentFigures {
  readonly accounts: number;
  /** With components and providers, without the stack itself. */
  readonly resources: number;
  /** Of processor time: what else the machine does must not look like growth. */
  readonly ms: number;
}

export interface DeploymentsFigures {
  readonly stackSets: readonly DeploymentFigures[];
  /** Time of the largest organization as a multiple of the smallest one's. */
  readonly stackSetsRatio: number;
  readonly direct: readonly DeploymentFigures[];
  readonly directPerAccount: { readonly resources: number; readonly ms: number };
}

type Mode = Settings["memberDeployment"];

const stackSetSizes = [1, 50, 500];
const stackSetRounds = 5;
// Enough for the slope: every account costs the same.
const directSizes = [1, 11];
const directRounds = 2;

/** Measures in a process of its own: mocks hold for the whole process that sets them. */
export function measureDeployments(): DeploymentsFigures {
  const printed = execFileSync(process.execPath, ["--import", "tsx", __filename], {
    encoding: "utf8",
    maxBuffer: 2 ** 24,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(printed.slice(printed.lastIndexOf("\n{") + 1));
}

/** Deploys once, with every resource and question answered by mocks. */
export async function deployOnce(mode: Mode, accounts: number): Promise<DeploymentFigures> {
  const ids = Array.from({ length: accounts }, (_, index) => String(200_000_000_000 + index));
  let resources = 0;
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => answer(token, inputs, ids),
      newResource: ({ name, inputs }) => {
        resources++;
        return {
          id: name,
          state: { arn: `arn:${name}`, url: `url:${name}`, keyId: name, ...inputs },
        };
      },
    },
    "cordon",
    "bench",
  );
  const began = process.cpuUsage();
  await deploy(settingsOf(mode, ids));
  await pulumi.runtime.disconnect();
  const { user, system } = process.cpuUsage(began);
  return { accounts, resources, ms: Math.round((user + system) / 1_000) };
}

/** The defaults; by StackSets no account is listed: which there are, the organization knows. */
function settingsOf(memberDeployment: Mode, accounts: readonly string[]): Settings {
  const { config } = parse(readFileSync(path.join(repository, "Pulumi.yaml"), "utf8"));
  const chosen = {
    stage: "prod",
    organizationId: "o-exampleorgid",
    governedRegions: ["us-east-1", "eu-west-1"],
    managementAccount: "111122223333",
    securityAccount: "123456789012",
    memberAccounts: memberDeployment === "direct" ? accounts : [],
    externalId: "cordon-bench",
    memberDeployment,
    organizationalUnits: ["ou-exam-everyone"],
    organizationRoot: "r-exam",
  };
  const given: Record<string, unknown> = {
    "aws:region": "us-east-1",
    ...prefixed(Object.entries(config).map(([key, declared]) => [key, defaultOf(declared)])),
    ...prefixed(Object.entries(chosen)),
  };
  return parseSettings(
    Object.fromEntries(
      Object.entries(given)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
  );
}

function prefixed(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(
    entries.filter(([key]) => !key.includes(":")).map(([key, value]) => [`cordon:${key}`, value]),
  );
}

const defaultOf = (declared: unknown) => (declared as { readonly default?: unknown }).default;

/** Every account has one VPC in each region. An unexpected invoke fails by name. */
function answer(token: string, inputs: { entityId?: string }, accounts: readonly string[]) {
  switch (token) {
    case "aws:index/getPartition:getPartition":
      return { partition: "aws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: "123456789012" };
    case "aws:guardduty/getDetector:getDetector":
      throw new Error("reading the single GuardDuty Detector: empty result");
    case "aws:ssm/getParametersByPath:getParametersByPath":
      return { names: [], values: [] };
    case "aws:iam/getRoles:getRoles":
      return { arns: [], names: [] };
    case "aws:organizations/getEntityPath:getEntityPath":
      return { entityPath: `o-exampleorgid/r-exam/ou-exam-everyone/${inputs.entityId}/` };
    // Not called today. Code that lists accounts to create a resource in each shows in the figures.
    case "aws:organizations/getOrganization:getOrganization":
      return { accounts: accounts.map((id) => ({ id })) };
    case "aws:ec2/getVpcs:getVpcs":
      return { ids: ["vpc-1"] };
    case "aws:ec2/getSecurityGroups:getSecurityGroups":
      return { ids: [], vpcIds: [] };
    case "aws:ec2/getVpcEndpoint:getVpcEndpoint": {
      const none = "no matching EC2 VPC Endpoint found";
      throw Object.assign(new Error(none), { details: none });
    }
    default:
      throw new Error(`unexpected invoke ${token}`);
  }
}

/** Takes the best of some rounds, one size after the other, so that a slow moment hits them all. */
async function measure(
  mode: Mode,
  sizes: readonly number[],
  rounds: number,
): Promise<readonly DeploymentFigures[]> {
  const best = new Map<number, DeploymentFigures>();
  // Bundles the functions, and warms what the rounds share.
  await deployOnce(mode, 1);
  for (let round = 0; round < rounds; round++) {
    for (const size of sizes) {
      const found = await deployOnce(mode, size);
      const known = best.get(size);
      if (known === undefined || found.ms < known.ms) best.set(size, found);
    }
  }
  return [...best.values()];
}

async function main(): Promise<void> {
  const stackSets = await measure("stack-sets", stackSetSizes, stackSetRounds);
  const direct = await measure("direct", directSizes, directRounds);
  const figures: DeploymentsFigures = {
    stackSets,
    stackSetsRatio: Math.round((last(stackSets).ms / first(stackSets).ms) * 100) / 100,
    direct,
    directPerAccount: {
      resources: perAccount(direct, ({ resources }) => resources),
      ms: perAccount(direct, ({ ms }) => ms),
    },
  };
  console.log(`\n${JSON.stringify(figures)}`);
}

function perAccount(
  found: readonly DeploymentFigures[],
  of: (figures: DeploymentFigures) => number,
): number {
  const [small, large] = [first(found), last(found)];
  return Math.round(((of(large) - of(small)) / (large.accounts - small.accounts)) * 10) / 10;
}

const first = (found: readonly DeploymentFigures[]) => found[0] as DeploymentFigures;
const last = (found: readonly DeploymentFigures[]) => found.at(-1) as DeploymentFigures;

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
