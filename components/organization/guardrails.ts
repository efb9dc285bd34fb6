/** The service control policies that keep the organization's accounts from undoing Cordon. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type Guarded,
  policyLimit,
  type ServiceControlPolicy,
  serviceControlPolicies,
} from "../../functions/iam/service-control-policies";
import type { Settings } from "../../settings";

export interface GuardrailsArgs extends Guarded {
  /** Sets the policies' names apart from those of other stages in the organization. */
  readonly stage: Settings["stage"];
  /** Ids of the root or of organizational units; each gets every policy. */
  readonly targets: readonly string[];
}

/**
 * Makes the policies and attaches them. Only the management account can, so the component is given
 * that account's provider.
 *
 * @throws pulumi.RunError when a policy is longer than Organizations takes; fewer break-glass roles,
 *   break-glass users and deployers, or one pattern for several of them, make it shorter
 */
export class Guardrails extends pulumi.ComponentResource {
  constructor(name: string, args: GuardrailsArgs, opts: pulumi.ComponentResourceOptions) {
    super("cordon:index:Guardrails", name, {}, opts);
    // Organizations takes one change at a time, so each resource waits for the one before.
    let last: pulumi.Resource | undefined;
    const after = () => ({ parent: this, ...(last && { dependsOn: [last] }) });
    for (const policy of serviceControlPolicies(args)) {
      const made = new aws.organizations.Policy(
        `${name}-${policy.name}`,
        {
          // Organizations takes a name once.
          name: `${policy.name}-${args.stage}`,
          description: policy.description,
          type: "SERVICE_CONTROL_POLICY",
          content: content(policy),
        },
        after(),
      );
      last = made;
      for (const target of args.targets) {
        last = new aws.organizations.PolicyAttachment(
          `${name}-${policy.name}-${target}`,
          { policyId: made.id, targetId: target },
          after(),
        );
      }
    }
    this.registerOutputs({});
  }
}

function content({ name, document }: ServiceControlPolicy): string {
  const text = JSON.stringify(document);
  if (text.length > policyLimit) {
    throw new pulumi.RunError(
      `the service control policy ${name} must take at most ${policyLimit} characters, but ${text.length} were needed; list fewer break-glass roles and users and deployers, or one pattern for several`,
    );
  }
  return text;
}
