import { expect } from "chai";
import { keyRotationPart } from "../../../components/organization/baseline/key-rotation";
import {
  globalPart,
  regionalPart,
  resourceRolesPart,
} from "../../../components/organization/baseline/parts";
import { MemberBaseline } from "../../../components/organization/member-baseline";
import { args } from "../../support/baseline";
import { record } from "../../support/recorder";

describe("components/organization/member-baseline [P1] [P5]", () => {
  const baseline = (changes: object = {}) =>
    record(
      () =>
        new MemberBaseline("member-baseline", {
          stage: "prod",
          global: globalPart(args),
          resources: resourceRolesPart(args),
          regional: regionalPart(args),
          homeRegion: "us-east-1",
          governedRegions: ["us-east-1", "eu-west-1"],
          organizationalUnits: ["r-exam"],
          failureTolerancePercentage: 10,
          maxConcurrentPercentage: 25,
          after: [],
          ...changes,
        }),
    );
  const stackSet = "aws:cloudformation/stackSet:StackSet";
  const instances = "aws:cloudformation/stackInstances:StackInstances";
  const preferences = {
    failureTolerancePercentage: 10,
    maxConcurrentPercentage: 25,
    regionConcurrencyType: "PARALLEL",
  };

  it("is three StackSets that follow the organization, administered by delegation", async () => {
    const { ofType } = await baseline();
    const shared = {
      permissionModel: "SERVICE_MANAGED",
      callAs: "DELEGATED_ADMIN",
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      capabilities: ["CAPABILITY_NAMED_IAM"],
      managedExecution: { active: true },
      operationPreferences: preferences,
    };
    expect(
      ofType(stackSet).map(({ name, inputs: { templateBody: _, ...inputs } }) => ({
        name,
        inputs,
      })),
    ).to.deep.equal([
      {
        name: "member-baseline-global",
        inputs: {
          ...shared,
          name: "cordon-baseline-global-prod",
          description: "Cordon: roles, and forwarding of what AWS reports in one region only",
        },
      },
      {
        name: "member-baseline-resources",
        inputs: {
          ...shared,
          name: "cordon-baseline-resources-prod",
          description: "Cordon: roles that change settings of resources",
        },
      },
      {
        name: "member-baseline-regional",
        inputs: {
          ...shared,
          name: "cordon-baseline-regional-prod",
          description: "Cordon: forwarding from every governed region",
        },
      },
    ]);
  });

  it("deploys the global ones to one region, the regional one to all, of the units named", async () => {
    const { ofType } = await baseline({
      organizationalUnits: ["ou-exam-security", "ou-exam-apps0000"],
    });
    const shared = {
      callAs: "DELEGATED_ADMIN",
      deploymentTargets: { organizationalUnitIds: ["ou-exam-security", "ou-exam-apps0000"] },
      operationPreferences: preferences,
    };
    expect(ofType(instances).map(({ inputs }) => inputs)).to.deep.equal([
      { ...shared, stackSetName: "cordon-baseline-global-prod", regions: ["us-east-1"] },
      { ...shared, stackSetName: "cordon-baseline-resources-prod", regions: ["us-east-1"] },
      {
        ...shared,
        stackSetName: "cordon-baseline-regional-prod",
        regions: ["us-east-1", "eu-west-1"],
      },
    ]);
  });

  it("has a fourth for key rotation, where AWS Config may refuse every account", async () => {
    const keyRotation = keyRotationPart({
      ...args,
      accessKeyMaxAgeDays: 90,
      accessKeyCheckHours: "24",
      accessKeyAttempts: 5,
      accessKeyRetrySeconds: 60,
    });
    const { named, ofType } = await baseline({ keyRotation });
    const tolerance = (type: string) =>
      ofType(type).map(({ name, inputs }) => [
        name,
        inputs.operationPreferences.failureTolerancePercentage,
      ]);
    expect(tolerance(stackSet)).to.deep.equal([
      ["member-baseline-global", 10],
      ["member-baseline-resources", 10],
      ["member-baseline-regional", 10],
      ["member-baseline-key-rotation", 100],
    ]);
    expect(tolerance(instances)).to.deep.equal([
      ["member-baseline-global-instances", 10],
      ["member-baseline-resources-instances", 10],
      ["member-baseline-regional-instances", 10],
      ["member-baseline-key-rotation-instances", 100],
    ]);
    expect(named("member-baseline-key-rotation-instances").inputs.regions).to.deep.equal([
      "us-east-1",
    ]);
    const { name, templateBody } = named("member-baseline-key-rotation").inputs;
    expect(name).to.equal("cordon-baseline-key-rotation-prod");
    expect(Object.keys(JSON.parse(templateBody).Resources)).to.include("KeyRotationRule");
  });

  it("has the templates of the parts, with what they are for", async () => {
    const { named } = await baseline();
    const [global, resources, regional] = ["global", "resources", "regional"].map((which) =>
      JSON.parse(named(`member-baseline-${which}`).inputs.templateBody),
    );
    expect(global.Description).to.match(/^Cordon: roles/);
    expect(Object.keys(global.Resources)).to.have.length(10);
    expect(Object.keys(resources.Resources)).to.deep.equal([
      "CordonContainPosture",
      "CordonReleasePosture",
      "CordonContainResource",
      "CordonReleaseResource",
    ]);
    expect(regional.Description).to.match(/^Cordon: forwarding/);
    expect(Object.keys(regional.Resources)).to.have.length(12);
  });
});
