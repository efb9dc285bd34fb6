/** The StackSets that put the baseline into every account of the organization, the new ones too. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../settings";
import type { BaselinePart } from "./baseline/resource";
import { type StackSetId, stackSetName } from "./baseline/stack-set-name";
import { template } from "./baseline/template";

export interface MemberBaselineArgs {
  /** Sets the names apart from those of other stages in the organization. */
  readonly stage: Settings["stage"];
  /** The part in the home region of each account. */
  readonly global: BaselinePart;
  /** The roles that change settings of resources, in the home region of each account. */
  readonly resources: BaselinePart;
  /** The part in every governed region of each account. */
  readonly regional: BaselinePart;
  /**
   * The key rotation rule, in the home region of each account. @default no rule
   *
   * A StackSet of its own: AWS Config refuses a rule in an account without a recorder, such as one
   * that has just joined, and the stack that fails there must not roll back the roles.
   */
  readonly keyRotation?: BaselinePart;
  readonly homeRegion: string;
  readonly governedRegions: readonly string[];
  /** Ids of the root or of organizational units; the accounts of units below are among them. */
  readonly organizationalUnits: readonly string[];
  /** Of the accounts of a region. */
  readonly failureTolerancePercentage: number;
  /** Of the accounts of a region. */
  readonly maxConcurrentPercentage: number;
  /** Resources that must exist before: the hub. */
  readonly after: readonly pulumi.Resource[];
}

// The provider waits half an hour; of some hundred accounts CloudFormation does a few at a time.
const patient = { create: "6h", update: "6h", delete: "6h" };

/**
 * The StackSets, service-managed: administered from the security account, which must be a
 * delegated administrator of StackSets. They deploy to every account but the management account.
 * Their number does not grow with the accounts.
 */
export class MemberBaseline extends pulumi.ComponentResource {
  constructor(name: string, args: MemberBaselineArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:MemberBaseline", name, {}, opts);
    const global = this.createStackSet(name, args, "global", {
      description: "Cordon: roles, and forwarding of what AWS reports in one region only",
      part: args.global,
    });
    this.createInstances(name, args, "global", global, [args.homeRegion]);
    const resources = this.createStackSet(name, args, "resources", {
      description: "Cordon: roles that change settings of resources",
      part: args.resources,
    });
    this.createInstances(name, args, "resources", resources, [args.homeRegion]);
    const regional = this.createStackSet(name, args, "regional", {
      description: "Cordon: forwarding from every governed region",
      part: args.regional,
    });
    this.createInstances(name, args, "regional", regional, args.governedRegions);
    if (args.keyRotation !== undefined) {
      const keyRotation = this.createStackSet(name, args, "key-rotation", {
        description: "Cordon: the key rotation rule and its automation",
        part: args.keyRotation,
      });
      this.createInstances(name, args, "key-rotation", keyRotation, [args.homeRegion]);
    }
    this.registerOutputs({});
  }

  private createStackSet(
    name: string,
    args: MemberBaselineArgs,
    which: StackSetId,
    of: {
      readonly description: string;
      readonly part: BaselinePart;
    },
  ): aws.cloudformation.StackSet {
    const called = stackSetName(which, args.stage);
    return new aws.cloudformation.StackSet(
      `${name}-${which}`,
      {
        name: called,
        description: of.description,
        permissionModel: "SERVICE_MANAGED",
        callAs: "DELEGATED_ADMIN",
        autoDeployment: {
          enabled: true,
          // An account that leaves must not keep roles that trust us.
          retainStacksOnAccountRemoval: false,
        },
        capabilities: ["CAPABILITY_NAMED_IAM"],
        // Several accounts may join at once; without it each would wait for the one before.
        managedExecution: { active: true },
        operationPreferences: preferences(args, which),
        templateBody: template(called, of.description, of.part),
      },
      { parent: this, dependsOn: [...args.after], customTimeouts: patient },
    );
  }

  private createInstances(
    name: string,
    args: MemberBaselineArgs,
    which: StackSetId,
    stackSet: aws.cloudformation.StackSet,
    regions: readonly string[],
  ): aws.cloudformation.StackInstances {
    return new aws.cloudformation.StackInstances(
      `${name}-${which}-instances`,
      {
        stackSetName: stackSet.name,
        callAs: "DELEGATED_ADMIN",
        regions: [...regions],
        deploymentTargets: { organizationalUnitIds: [...args.organizationalUnits] },
        operationPreferences: preferences(args, which),
      },
      { parent: this, customTimeouts: patient },
    );
  }
}

/**
 * Percentages alone: of each pair, count and percentage, CloudFormation takes one. It does not apply
 * them to accounts that join later.
 */
function preferences(args: MemberBaselineArgs, which: StackSetId) {
  return {
    // AWS Config accepts no rule without a recorder. That must not stop the deployment to other accounts.
    failureTolerancePercentage: which === "key-rotation" ? 100 : args.failureTolerancePercentage,
    maxConcurrentPercentage: args.maxConcurrentPercentage,
    regionConcurrencyType: "PARALLEL",
  };
}
