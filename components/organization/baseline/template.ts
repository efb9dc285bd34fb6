/** Renders a part of the baseline as a CloudFormation template, for a StackSet. */
import { checkSizes, checkTemplate } from "./limits";
import type { BaselinePart, BaselinePlace, BaselineResource } from "./resource";

/** The place of each stack, which CloudFormation fills in. */
const stackPlace: BaselinePlace = {
  account: pseudoParameter("AccountId"),
  region: pseudoParameter("Region"),
};

/** As long as such names get, for what IAM measures is the policy of one account. */
const longestPlace: BaselinePlace = {
  account: "000000000000",
  region: "ap-southeast-1",
};

/**
 * Writes the template, as JSON without white space.
 *
 * @throws pulumi.RunError when a policy or the template is too long
 */
export function template(name: string, description: string, part: BaselinePart): string {
  checkSizes(part(longestPlace));
  const text = JSON.stringify({
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    Resources: Object.fromEntries(part(stackPlace).map((each) => [each.id, declared(each)])),
  });
  checkTemplate(name, text);
  return text;
}

function declared({ type, properties, dependsOn }: BaselineResource): object {
  return {
    Type: type,
    ...(dependsOn && { DependsOn: dependsOn }),
    // A queue that stayed behind would keep its name, and the next stack could not be made.
    ...(type === "AWS::SQS::Queue" && { DeletionPolicy: "Delete", UpdateReplacePolicy: "Delete" }),
    Properties: substituted(properties),
  };
}

function pseudoParameter(name: string): string {
  return `\${AWS::${name}}`;
}

/**
 * Makes an Fn::Sub of every text that holds a pseudo parameter. Only there CloudFormation reads
 * "${": what is no pseudo parameter is marked as literal, an IAM variable for one.
 */
function substituted(value: unknown): unknown {
  if (typeof value === "string") {
    return value.includes("${AWS::")
      ? { "Fn::Sub": value.replace(/\$\{(?!AWS::)/g, "${!") }
      : value;
  }
  if (Array.isArray(value)) return value.map(substituted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, substituted(each)]));
}
