import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import YAML from "yaml";
import * as organization from "../../local/gateway/accounts";
import { parseSettings } from "../../settings";

const valid: Readonly<Record<string, string>> = {
  "aws:region": "us-east-1",
  "cordon:stage": "prod",
  "cordon:mode": "enforce",
  "cordon:organizationId": "o-exampleorgid",
  "cordon:governedRegions": '["us-east-1","eu-west-1"]',
  "cordon:managementAccount": "111122223333",
  "cordon:securityAccount": "444455556666",
  "cordon:memberAccounts": '["777788889999"]',
  "cordon:deploymentRole": "cordon-deploy",
  "cordon:externalId": "cordon-prod",
  "cordon:sampleFindings": "log",
  "cordon:protectedResources": '["arn:aws:ec2:us-east-1:777788889999:instance/i-0abc"]',
  "cordon:breakGlassRoles": '["break-glass/*"]',
  "cordon:breakGlassUsers": '["rescue"]',
  "cordon:disableKeys": "named",
  "cordon:lookbackHours": "48",
  "cordon:reconcileHours": "12",
  "cordon:rangeAccount": "",
  "cordon:memberDeployment": "direct",
  "cordon:organizationalUnits": '["r-exam"]',
  "cordon:rolePath": "/",
  "cordon:permissionsBoundary": "none",
  "cordon:failureTolerancePercentage": "10",
  "cordon:maxConcurrentPercentage": "25",
  "cordon:governManagementAccount": "false",
  "cordon:consumerAccounts": "[]",
  "cordon:serviceControlPolicy": "attach",
  "cordon:serviceControlPolicyTargets": '["ou-ab12-cdef3456"]',
  "cordon:usersManageIam": "true",
  "cordon:deployers": '["role/CordonDeployer"]',
  "cordon:conformancePack": "deploy",
  "cordon:conformancePackExcludedAccounts": '["111122223333"]',
  "cordon:sweepHours": "4",
  "cordon:detection": "existing",
  "cordon:organizationRoot": "",
  "cordon:guardDutyFeatures": "[]",
  "cordon:suppressionFilters": "[]",
  "cordon:trustedAddresses": "[]",
  "cordon:publishFindings": "false",
  "cordon:securityHub": "enable",
  "cordon:securityHubStandards": "[]",
  "cordon:securityHubRegions": "governed",
  "cordon:accessKeyRule": "deploy",
  "cordon:accessKeyMaxAgeDays": "60",
  "cordon:accessKeyCheckHours": "6",
  "cordon:accessKeyAttempts": "3",
  "cordon:accessKeyRetrySeconds": "300",
  "cordon:accessKeyPublishers": "organization",
  "cordon:accessKeyPublisherAccounts": "[]",
  "cordon:notify": "[]",
  "cordon:noticesAlone": "4",
  "cordon:brakes": '{"perPlaybookAndAccount":5,"organization":20,"groupPercent":25}',
  "cordon:criticalResources": "[]",
  "cordon:forwarders": '["tag:Role=proxy"]',
  "cordon:approvers": "[]",
  "cordon:approvalHours": "8",
  "cordon:approvalPage": "true",
  "cordon:policy":
    '{"notifyFrom":4,"automaticFrom":"7.5","playbooks":{"contain-instance":{"response":"dry-run"}}}',
  "cordon:blockAddresses": '{"hours":"12","neverBlock":["11.0.0.0/8"]}',
};

/** A valid configuration with some keys changed; undefined removes one. */
function config(changes: Record<string, string | undefined>): Record<string, string> {
  const merged = { ...valid, ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

describe("settings [P1] [P11] [C4]", () => {
  it("reads a valid configuration", () => {
    expect(parseSettings(valid)).to.deep.equal({
      stage: "prod",
      mode: "enforce",
      organizationId: "o-exampleorgid",
      homeRegion: "us-east-1",
      governedRegions: ["us-east-1", "eu-west-1"],
      managementAccount: "111122223333",
      securityAccount: "444455556666",
      memberAccounts: ["777788889999"],
      deploymentRole: "cordon-deploy",
      externalId: "cordon-prod",
      sampleFindings: "log",
      protectedResources: ["arn:aws:ec2:us-east-1:777788889999:instance/i-0abc"],
      breakGlassRoles: ["break-glass/*"],
      breakGlassUsers: ["rescue"],
      disableKeys: "named",
      lookbackHours: 48,
      reconcileHours: 12,
      consumerAccounts: [],
      serviceControlPolicy: "attach",
      serviceControlPolicyTargets: ["ou-ab12-cdef3456"],
      usersManageIam: true,
      deployers: ["role/CordonDeployer"],
      conformancePack: "deploy",
      conformancePackExcludedAccounts: ["111122223333"],
      memberDeployment: "direct",
      organizationalUnits: ["r-exam"],
      rolePath: "/",
      failureTolerancePercentage: 10,
      maxConcurrentPercentage: 25,
      governManagementAccount: false,
      sweepHours: 4,
      detection: "existing",
      organizationRoot: "",
      guardDutyFeatures: [],
      suppressionFilters: [],
      trustedAddresses: [],
      publishFindings: false,
      securityHub: "enable",
      securityHubStandards: [],
      securityHubRegions: "governed",
      accessKeyRule: "deploy",
      accessKeyMaxAgeDays: 60,
      accessKeyCheckHours: "6",
      accessKeyAttempts: 3,
      accessKeyRetrySeconds: 300,
      accessKeyPublishers: "organization",
      accessKeyPublisherAccounts: [],
      notify: [],
      noticesAlone: 4,
      brakes: { perPlaybookAndAccount: 5, organization: 20, groupPercent: 25 },
      criticalResources: [],
      forwarders: ["tag:Role=proxy"],
      approvers: [],
      approvalHours: 8,
      approvalPage: true,
      policy: {
        notifyFrom: 4,
        automaticFrom: 7.5,
        playbooks: { "contain-instance": { response: "dry-run" } },
        rules: [],
      },
      blockAddresses: { hours: 12, neverBlock: ["11.0.0.0/8"] },
    });
  });

  const refused: readonly (readonly [string, string | undefined, string])[] = [
    [
      "cordon:stage",
      "production",
      'cordon:stage must be one of prod, staging, local, but "production" was provided',
    ],
    [
      "cordon:stage",
      undefined,
      "cordon:stage must be one of prod, staging, local, but nothing was provided",
    ],
    [
      "cordon:mode",
      "dryrun",
      'cordon:mode must be one of dry-run, enforce, but "dryrun" was provided',
    ],
    [
      "cordon:organizationId",
      "exampleorgid",
      'cordon:organizationId must be an organization id, o- and 10 to 32 lower-case letters or digits, but "exampleorgid" was provided',
    ],
    [
      "cordon:governedRegions",
      '["eu-west-1"]',
      'cordon:governedRegions must be a list that includes us-east-1, but ["eu-west-1"] was provided',
    ],
    [
      "cordon:governedRegions",
      '["us-east-1","eu-west-1","us-east-1"]',
      'cordon:governedRegions[2] must be listed once, but "us-east-1" was provided',
    ],
    [
      "cordon:governedRegions",
      '["us-east-1","us-gov-west-1"]',
      'cordon:governedRegions[1] must be a region of the aws partition, but "us-gov-west-1" was provided',
    ],
    [
      "cordon:governedRegions",
      '["us-east-1","eu-west"]',
      'cordon:governedRegions[1] must be a region of the aws partition, but "eu-west" was provided',
    ],
    [
      "cordon:governedRegions",
      "us-east-1",
      'cordon:governedRegions must be a list, but "us-east-1" was provided',
    ],
    [
      "cordon:managementAccount",
      "1111-2222-3333",
      'cordon:managementAccount must be a 12-digit account id, but "1111-2222-3333" was provided',
    ],
    [
      "cordon:securityAccount",
      "111122223333",
      'cordon:securityAccount must be another account than cordon:managementAccount, but "111122223333" was provided',
    ],
    [
      "cordon:memberAccounts",
      '["777788889999","12345"]',
      'cordon:memberAccounts[1] must be a 12-digit account id, but "12345" was provided',
    ],
    [
      "cordon:memberAccounts",
      "[777788889999]",
      "cordon:memberAccounts[0] must be a 12-digit account id, but 777788889999 was provided",
    ],
    [
      "cordon:memberAccounts",
      '["777788889999","777788889999"]',
      'cordon:memberAccounts[1] must be listed once, but "777788889999" was provided',
    ],
    [
      "cordon:memberAccounts",
      '["111122223333"]',
      'cordon:memberAccounts[0] must be another account than cordon:managementAccount, but "111122223333" was provided',
    ],
    [
      "cordon:memberAccounts",
      '["777788889999","444455556666"]',
      'cordon:memberAccounts[1] must be another account than cordon:securityAccount, but "444455556666" was provided',
    ],
    [
      "cordon:deploymentRole",
      "arn:aws:iam::1:role/x",
      'cordon:deploymentRole must be the name of a role, 1 to 64 letters, digits or +=,.@_-, but "arn:aws:iam::1:role/x" was provided',
    ],
    [
      "cordon:externalId",
      "x",
      'cordon:externalId must be 2 to 1224 letters, digits or +=,.@:/_-, but "x" was provided',
    ],
    [
      "cordon:externalId",
      "with space",
      'cordon:externalId must be 2 to 1224 letters, digits or +=,.@:/_-, but "with space" was provided',
    ],
    [
      "cordon:sampleFindings",
      "act",
      'cordon:sampleFindings must be log where cordon:stage is prod, but "act" was provided',
    ],
    [
      "cordon:protectedResources",
      '["i-0abc"]',
      'cordon:protectedResources[0] must be an ARN of the aws partition without commas, but "i-0abc" was provided',
    ],
    [
      "cordon:protectedResources",
      '["arn:aws:s3:::one,arn:aws:s3:::two"]',
      'cordon:protectedResources[0] must be an ARN of the aws partition without commas, but "arn:aws:s3:::one,arn:aws:s3:::two" was provided',
    ],
    [
      "cordon:protectedResources",
      JSON.stringify(
        Array.from({ length: 60 }, (_, n) => `arn:aws:s3:::${n + 10}${"b".repeat(36)}`),
      ),
      "cordon:protectedResources, cordon:breakGlassRoles, cordon:breakGlassUsers, cordon:governedRegions and cordon:externalId must together take at most 2600 characters, three more for each item, but 3303 were provided",
    ],
    [
      "cordon:breakGlassRoles",
      '["*"]',
      'cordon:breakGlassRoles[0] must be the name or path of a role, without a leading slash, with * only at the end, but "*" was provided',
    ],
    [
      "cordon:breakGlassRoles",
      '["/admins/rescue"]',
      'cordon:breakGlassRoles[0] must be the name or path of a role, without a leading slash, with * only at the end, but "/admins/rescue" was provided',
    ],
    [
      "cordon:breakGlassUsers",
      '["/rescue"]',
      'cordon:breakGlassUsers[0] must be the name or path of a user, without a leading slash, with * only at the end, but "/rescue" was provided',
    ],
    [
      "cordon:disableKeys",
      "none",
      'cordon:disableKeys must be one of all, named, but "none" was provided',
    ],
    [
      "cordon:lookbackHours",
      "2161",
      'cordon:lookbackHours must be a whole number from 1 to 2160, but "2161" was provided',
    ],
    [
      "cordon:lookbackHours",
      "1.5",
      'cordon:lookbackHours must be a whole number from 1 to 2160, but "1.5" was provided',
    ],
    [
      "cordon:lookbackHours",
      undefined,
      "cordon:lookbackHours must be a whole number from 1 to 2160, but nothing was provided",
    ],
    [
      "cordon:reconcileHours",
      "0",
      'cordon:reconcileHours must be a whole number from 1 to 24, but "0" was provided',
    ],
    [
      "aws:region",
      "eu-west-1",
      'aws:region must be us-east-1, the region that Cordon is deployed to, but "eu-west-1" was provided',
    ],
  ];
  for (const [key, value, message] of refused) {
    const shown = value && value.length > 60 ? `${value.slice(0, 57)}…` : value;
    it(`refuses ${key} = ${shown}`, () => {
      expect(() => parseSettings(config({ [key]: value }))).to.throw(Error, message);
    });
  }

  const misspelt = [
    ["cordon:memberAcounts", "cordon:memberAccounts"],
    ["cordon:externalID", "cordon:externalId"],
    ["cordon:modus", "cordon:mode"],
  ] as const;
  for (const [key, suggestion] of misspelt) {
    it(`refuses ${key} and suggests ${suggestion}`, () => {
      expect(() => parseSettings(config({ [key]: "x" }))).to.throw(
        Error,
        `${key} is not a setting of Cordon; did you mean ${suggestion}?`,
      );
    });
  }

  const removed = [
    ["accessKeyWebhookParameter", "slack, teams or webhook, with about: [key-rotation]"],
    ["accessKeyQueues", "sqs for each queue, with about: [key-rotation]"],
    ["accessKeyJira", "jira, with about: [key-rotation]"],
    ["accessKeyMail", "owner"],
  ] as const;
  for (const [key, type] of removed) {
    it(`refuses ${key}, which an earlier Cordon had, and says what replaces it`, () => {
      expect(() => parseSettings(config({ [`cordon:${key}`]: "x" }))).to.throw(
        Error,
        `cordon:${key} is no setting of Cordon any more: remove it, and write an entry of cordon:notify of type ${type}; docs/stages.md describes them`,
      );
    });
  }

  it("leaves the keys of others alone", () => {
    expect(() => parseSettings(config({ "other:key": "x" }))).not.to.throw();
  });

  for (const stage of ["prod", "staging", "local"]) {
    it(`ships a valid Pulumi.${stage}.yaml`, () => {
      expect(parseSettings(shipped(stage)).stage).to.equal(stage);
    });
  }

  it("starts a new deployment in dry run, logging sample findings", () => {
    const { mode, sampleFindings } = parseSettings(shipped("prod"));
    expect({ mode, sampleFindings }).to.deep.equal({ mode: "dry-run", sampleFindings: "log" });
  });

  it("starts a new deployment without guardrails, which bind the whole organization", () => {
    const { serviceControlPolicy, conformancePack } = parseSettings(shipped("prod"));
    expect({ serviceControlPolicy, conformancePack }).to.deep.equal({
      serviceControlPolicy: "none",
      conformancePack: "none",
    });
  });

  it("describes the local organization in Pulumi.local.yaml", () => {
    const settings = parseSettings(shipped("local"));
    expect({
      organizationId: settings.organizationId,
      governedRegions: settings.governedRegions,
      managementAccount: settings.managementAccount,
      securityAccount: settings.securityAccount,
      memberAccounts: settings.memberAccounts,
      deploymentRole: settings.deploymentRole,
      homeRegion: settings.homeRegion as string,
    }).to.deep.equal({
      organizationId: organization.organizationId,
      governedRegions: organization.governedRegions,
      managementAccount: organization.management.id,
      securityAccount: organization.security.id,
      memberAccounts: organization.members.map((member) => member.id),
      deploymentRole: organization.deploymentRole,
      homeRegion: organization.homeRegion,
    });
  });

  it("changes nothing in a first deployment: no stage file but Pulumi.local.yaml enforces", () => {
    const stages = readdirSync(resolve(__dirname, "../.."))
      .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
      .filter((stage) => stage !== undefined);
    expect(stages).to.include.members(["local", "staging", "prod"]);
    for (const stage of stages) {
      const { mode, sampleFindings } = parseSettings(shipped(stage));
      expect(`${mode}, ${sampleFindings}`, stage).to.equal(
        stage === "local" ? "enforce, act" : "dry-run, log",
      );
    }
  });

  it("describes every setting in Pulumi.yaml", () => {
    const described = Object.entries(project().config)
      .filter(([, declared]) => declared.description)
      .map(([key]) => key);
    const known = Object.keys(valid).filter((key) => key.startsWith("cordon:"));
    expect(described.map((key) => `cordon:${key}`)).to.deep.equal(known);
  });
});

interface Declared {
  readonly value?: unknown;
  readonly default?: unknown;
  readonly description?: string;
}

function project(): { readonly config: Record<string, Declared> } {
  return YAML.parse(readFileSync(resolve(__dirname, "../../Pulumi.yaml"), "utf8"));
}

/** A shipped stack file over the project's defaults, as the engine hands it to the program. */
function shipped(stage: string): Record<string, string> {
  const file = resolve(__dirname, `../../Pulumi.${stage}.yaml`);
  const stack: Record<string, unknown> = YAML.parse(readFileSync(file, "utf8")).config;
  const defaults = Object.entries(project().config).flatMap(([key, declared]) => {
    const value = declared.value ?? declared.default;
    return value === undefined ? [] : [[key.includes(":") ? key : `cordon:${key}`, value] as const];
  });
  return Object.fromEntries(
    [...defaults, ...Object.entries(stack)].map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
