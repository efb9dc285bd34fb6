/** The little that the management account alone can do: name who administers what. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  madeByCordon,
  type RetainedResources,
  type RetentionNotesArgs,
  retain,
} from "../blocks/retained";

export interface ManagementArgs {
  readonly homeRegion: string;
  /** Becomes the administrator of everything named here. */
  readonly securityAccount: string;
  /** The security account puts a conformance pack into the organization's accounts. */
  readonly conformancePack: boolean;
  /** Prerequisites of GuardDuty and Security Hub; absent where another account administers them. */
  readonly designate?: {
    /** Maps each region to what must exist there before GuardDuty gets its administrator. */
    readonly guardDuty: Readonly<Record<string, pulumi.Resource>>;
    /** The resource that must exist before Security Hub gets its administrator. */
    readonly securityHub: pulumi.Resource;
    /** GuardDuty's role exists already and is not Cordon's: it stays unchanged. */
    readonly guardDutyRoleExists: boolean;
    readonly retained: RetainedResources;
  };
}

// GuardDuty and Security Hub have calls of their own for what Organizations' API does for these.
const stackSets = "member.org.stacksets.cloudformation.amazonaws.com";
const conformancePacks = "config-multiaccountsetup.amazonaws.com";

/**
 * Delegates to the security account, through a provider of the management account, which must be
 * given as an option. That StackSets may work in the organization at all has no resource: a person
 * runs once `aws cloudformation activate-organizations-access`.
 */
export class Management extends pulumi.ComponentResource {
  readonly #retained: Record<
    string,
    { readonly id: pulumi.Output<string>; readonly region: string }
  > = {};

  constructor(name: string, args: ManagementArgs, opts: pulumi.ComponentResourceOptions) {
    super("cordon:index:Management", name, {}, opts);
    // AWS Organizations takes one change at a time, so each resource here waits for the one before.
    const delegated = this.delegateServices(name, args);
    if (args.designate) this.designateAdministrators(name, args, args.designate, delegated);
    this.registerOutputs({});
  }

  /** The retained resources, by name. */
  get retained(): RetentionNotesArgs["resources"] {
    return this.#retained;
  }

  private delegateServices(name: string, args: ManagementArgs): pulumi.Resource {
    const { securityAccount: accountId, conformancePack } = args;
    let last: pulumi.Resource = this;
    if (conformancePack) {
      last = new aws.organizations.AwsServiceAccess(
        `${name}-access-${conformancePacks}`,
        { servicePrincipal: conformancePacks },
        // Others may rely on it by the time Cordon goes.
        { ...this.after(last), retainOnDelete: true },
      );
    }
    // An organization has few administrators of AWS Config: a place is taken only where it is used.
    for (const servicePrincipal of conformancePack ? [stackSets, conformancePacks] : [stackSets]) {
      last = new aws.organizations.DelegatedAdministrator(
        `${name}-administrator-${servicePrincipal}`,
        { accountId, servicePrincipal },
        this.after(last),
      );
    }
    return last;
  }

  private designateAdministrators(
    name: string,
    { securityAccount, homeRegion }: ManagementArgs,
    designate: NonNullable<ManagementArgs["designate"]>,
    before: pulumi.Resource,
  ): void {
    let last = before;
    // Without an administrator every member would be on its own: the hand-over is a person's.
    const keep = (resource: string, ...after: pulumi.Resource[]) => ({
      ...this.after(...after),
      ...retain(resource, designate.retained),
    });
    const role = `${name}-guardduty-role`;
    if (!designate.guardDutyRoleExists) {
      // Without it the administrator cannot switch GuardDuty on in this account.
      const made = new aws.iam.ServiceLinkedRole(
        role,
        { awsServiceName: "guardduty.amazonaws.com", tags: madeByCordon },
        // IAM keeps the role as long as GuardDuty is on in any region.
        keep(role, last),
      );
      this.#retained[role] = { id: made.id, region: homeRegion };
      last = made;
    }
    for (const [region, detector] of Object.entries(designate.guardDuty)) {
      // A designation switches GuardDuty on where it is off, and then the detector could no longer
      // be made: it must exist before.
      const resource = `${name}-guardduty-${region}`;
      const made = new aws.guardduty.OrganizationAdminAccount(
        resource,
        { adminAccountId: securityAccount, region },
        keep(resource, last, detector),
      );
      this.#retained[resource] = { id: made.id, region };
      last = made;
    }
    // In the home region only: central configuration carries it to the linked ones.
    const hub = `${name}-security-hub`;
    const { id } = new aws.securityhub.OrganizationAdminAccount(
      hub,
      { adminAccountId: securityAccount, region: homeRegion },
      keep(hub, last, designate.securityHub),
    );
    this.#retained[hub] = { id, region: homeRegion };
  }

  private after(...resources: pulumi.Resource[]): pulumi.CustomResourceOptions {
    return { parent: this, dependsOn: resources.filter((resource) => resource !== this) };
  }
}
