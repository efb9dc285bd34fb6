/** Checks remediations of AWS Config's rules as AWS does, for the stand-in for AWS Config. */
import { fromArn } from "../wire/arn";
import { ApiError, list, UnknownOperationError } from "../wire/protocol";
import type { Place, World } from "../world";

export type Reader = Pick<World, "state">;

export interface Remediation {
  readonly ConfigRuleName: string;
  readonly TargetType: "SSM_DOCUMENT";
  readonly TargetId: string;
  readonly Automatic: boolean;
  readonly MaximumAutomaticAttempts?: number;
  readonly RetryAttemptSeconds?: number;
  readonly Parameters: Readonly<
    Record<
      string,
      {
        readonly ResourceValue?: { readonly Value: string };
        readonly StaticValue?: { readonly Values: readonly string[] };
      }
    >
  >;
}

const knownMembers = [
  "ConfigRuleName",
  "TargetType",
  "TargetId",
  "Parameters",
  "Automatic",
  "MaximumAutomaticAttempts",
  "RetryAttemptSeconds",
];

/** Checks a remediation as AWS does. @throws InvalidParameterValueException, NoSuchConfigRuleException */
export async function readRemediation(
  given: unknown,
  place: Place,
  world: World,
): Promise<Remediation> {
  const unknown = Object.keys(given as object).find((key) => !knownMembers.includes(key));
  if (unknown) throw new UnknownOperationError(`a remediation with ${unknown}`);
  const remediation = given as Remediation;
  const { ConfigRuleName, TargetId, Automatic, Parameters = {} } = remediation;
  // The emulator throws NoSuchConfigRuleException.
  await ruleOf(ConfigRuleName, place, world);
  const document = await world.state
    .json(place, "ssm", "AmazonSSM.GetDocument", { Name: TargetId })
    .catch(unlessInvalid);
  if (document === undefined) throw invalid(`The SSM document ${TargetId} does not exist`);
  for (const [name, value] of Object.entries(Parameters)) {
    const resource = value.ResourceValue?.Value;
    const values = value.StaticValue?.Values ?? [];
    if (resource !== undefined && resource !== "RESOURCE_ID") {
      throw invalid(`The ResourceValue ${resource} of ${name} is not valid`);
    }
    if ((resource === undefined) === (values.length === 0)) {
      throw invalid(`${name} needs either a ResourceValue or a StaticValue`);
    }
  }
  const [role] = Parameters.AutomationAssumeRole?.StaticValue?.Values ?? [];
  if (Automatic && role === undefined) {
    throw invalid("An automatic remediation needs AutomationAssumeRole as a static value");
  }
  if (role !== undefined && fromArn(role).account !== place.account) {
    throw invalid(`The role ${role} is of another account`);
  }
  return { ...remediation, Parameters };
}

/** Reads a rule. @throws NoSuchConfigRuleException */
export async function ruleOf(name: string, place: Place, world: Reader): Promise<unknown> {
  const answer = await world.state.json(
    place,
    "config",
    "StarlingDoveService.DescribeConfigRules",
    { ConfigRuleNames: [name] },
  );
  const [rule] = list(answer.ConfigRules);
  if (rule === undefined) {
    throw new ApiError(
      "NoSuchConfigRuleException",
      `The ConfigRule '${name}' provided in the request is invalid. Please check the configRule name`,
    );
  }
  return rule;
}

/** Systems Manager's word for a document that is not there. */
export function unlessInvalid(error: unknown): undefined {
  if (error instanceof ApiError && error.code === "InvalidDocument") return undefined;
  throw error;
}

export function invalid(message: string): ApiError {
  return new ApiError("InvalidParameterValueException", message);
}
