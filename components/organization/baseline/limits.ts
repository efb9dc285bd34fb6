/** Checks the limits of IAM, EventBridge and CloudFormation before anything is created. */
import * as pulumi from "@pulumi/pulumi";
import type { BaselineResource } from "./resource";

// What IAM allows a role: all inline policies together, and the trust policy without a raised quota.
const inlinePolicyLimit = 10_240;
const trustPolicyLimit = 2_048;

/** What EventBridge allows a rule. */
const patternLimit = 2_048;

/** A template that is handed over as text, not by an address in S3. */
const templateLimit = 51_200;

/**
 * Checks the roles and rules of a baseline, measured without white space, as IAM does.
 *
 * @throws pulumi.RunError when a policy is too long; fewer break-glass roles and users make it shorter.
 * And when a rule's pattern is; a shorter path of the roles makes it shorter
 */
export function checkSizes(resources: readonly BaselineResource[]): void {
  for (const resource of resources) {
    if (resource.type === "AWS::Events::Rule") {
      const { Name, EventPattern } = resource.properties;
      checkSize(`event pattern of ${Name}`, patternLimit, [EventPattern]);
    }
    if (resource.type !== "AWS::IAM::Role") continue;
    const { RoleName, AssumeRolePolicyDocument, Policies } = resource.properties;
    checkSize(`trust policy of ${RoleName}`, trustPolicyLimit, [AssumeRolePolicyDocument]);
    const documents = Policies.map(({ PolicyDocument }) => PolicyDocument);
    checkSize(`policy of ${RoleName}`, inlinePolicyLimit, documents);
  }
}

/** @throws pulumi.RunError when CloudFormation would refuse the template for its size */
export function checkTemplate(name: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > templateLimit) {
    throw new pulumi.RunError(
      `the template of ${name} must take at most ${templateLimit} bytes, but ${bytes} were needed`,
    );
  }
}

function checkSize(what: string, limit: number, documents: readonly object[]): void {
  const length = documents.reduce((sum, each) => sum + JSON.stringify(each).length, 0);
  if (length > limit) {
    throw new pulumi.RunError(
      `the ${what} must take at most ${limit} characters, but ${length} were needed`,
    );
  }
}
