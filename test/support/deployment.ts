/** What the tests of the whole deployment deploy, and the two deployments that most of them read. */
import { deploy } from "../../deploy";
import type { Settings } from "../../settings";
import * as builders from "./builders";
import { type Calls, providerError, type Recording, record } from "./recorder";

export const settings: Settings = {
  stage: "prod",
  mode: "dry-run",
  organizationId: "o-exampleorgid",
  homeRegion: "us-east-1",
  governedRegions: ["us-east-1", "eu-west-1"],
  managementAccount: "111122223333",
  securityAccount: "444455556666",
  memberAccounts: ["777788889999"],
  deploymentRole: "cordon-deploy",
  externalId: "cordon-prod",
  sampleFindings: "log",
  protectedResources: [],
  breakGlassRoles: [],
  breakGlassUsers: [],
  disableKeys: "all",
  lookbackHours: 24,
  reconcileHours: 6,
  consumerAccounts: [],
  serviceControlPolicy: "none",
  serviceControlPolicyTargets: [],
  usersManageIam: true,
  deployers: [],
  conformancePack: "none",
  conformancePackExcludedAccounts: [],
  detection: "managed",
  organizationRoot: "r-ab12",
  guardDutyFeatures: ["S3_DATA_EVENTS"],
  suppressionFilters: [],
  trustedAddresses: [],
  publishFindings: true,
  securityHub: "enable",
  securityHubStandards: [],
  securityHubRegions: "governed",
  memberDeployment: "direct",
  organizationalUnits: [],
  rolePath: "/",
  failureTolerancePercentage: 10,
  maxConcurrentPercentage: 25,
  governManagementAccount: false,
  sweepHours: 6,
  accessKeyRule: "deploy",
  accessKeyMaxAgeDays: 90,
  accessKeyCheckHours: "24",
  accessKeyAttempts: 5,
  accessKeyRetrySeconds: 60,
  accessKeyPublishers: "organization",
  accessKeyPublisherAccounts: [],
  notify: [],
  brakes: { perPlaybookAndAccount: 10, organization: 50, groupPercent: 30 },
  criticalResources: [],
  forwarders: [],
  approvers: [],
  noticesAlone: 4,
  approvalHours: 4,
  approvalPage: false,
  policy: builders.stagePolicy(),
};
export const byStackSets: Settings = {
  ...settings,
  memberDeployment: "stack-sets",
  organizationalUnits: ["r-exam"],
};

export const calls: Calls = ({ token, provider }) => {
  switch (token) {
    case "aws:index/getPartition:getPartition":
      return { partition: "aws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: "444455556666" };
    case "aws:ec2/getVpcs:getVpcs":
      return { ids: [provider?.includes("member-777788889999") ? "vpc-m" : "vpc-s"] };
    case "aws:ec2/getSecurityGroups:getSecurityGroups":
      return { ids: [], vpcIds: [] };
    case "aws:guardduty/getDetector:getDetector":
      throw providerError("reading this account's single GuardDuty Detector: empty result");
    case "aws:ssm/getParametersByPath:getParametersByPath":
      return { names: [], values: [] };
    case "aws:iam/getRoles:getRoles":
      return { arns: [], names: [] };
    default:
      throw new Error(`unexpected invoke ${token}`);
  }
};

let direct: Promise<Recording<unknown>> | undefined;
let stackSets: Promise<Recording<unknown>> | undefined;

/** The deployment of `settings`, made once: it takes seconds, and no test changes a recording. */
export function deployed(): Promise<Recording<unknown>> {
  direct ??= record(() => deploy(settings), calls);
  return direct;
}

/** The same of `byStackSets`. */
export function deployedByStackSets(): Promise<Recording<unknown>> {
  stackSets ??= record(() => deploy(byStackSets), calls);
  return stackSets;
}
