import {
  ConfigServiceClient,
  DeleteConfigRuleCommand,
  DeleteRemediationConfigurationCommand,
  DescribeConfigRulesCommand,
  PutConfigRuleCommand,
  PutRemediationConfigurationsCommand,
  type RemediationParameterValue,
} from "@aws-sdk/client-config-service";
import * as z from "zod/mini";
import * as input from "../resource-type";
import type { Place } from "../session";

interface RuleInputs {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputParameters?: string | undefined;
  readonly maximumExecutionFrequency?: string | undefined;
  readonly source: { readonly owner: string; readonly sourceIdentifier: string };
}

async function putRule(inputs: RuleInputs, place: Place): Promise<void> {
  await place.client(ConfigServiceClient).send(
    new PutConfigRuleCommand({
      ConfigRule: {
        ConfigRuleName: inputs.name,
        Description: inputs.description,
        InputParameters: inputs.inputParameters,
        // AWS checks the enumerations; their types would only repeat its lists.
        MaximumExecutionFrequency: inputs.maximumExecutionFrequency as "One_Hour",
        Source: {
          Owner: inputs.source.owner as "AWS",
          SourceIdentifier: inputs.source.sourceIdentifier,
        },
      },
    }),
  );
}

const rule = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    description: input.optionalText,
    inputParameters: input.optionalText,
    maximumExecutionFrequency: input.optionalText,
    // Rules of AWS only: those of customers need a function or a policy.
    source: z.strictObject({ owner: input.text, sourceIdentifier: input.text }),
    ...input.regional,
  }),
  documents: ["inputParameters"],
  computed: ["arn", "ruleId"],
  updatable: ["description", "inputParameters", "maximumExecutionFrequency"],
  async create(inputs, place) {
    await putRule(inputs, place);
    const found = await place
      .client(ConfigServiceClient)
      .send(new DescribeConfigRulesCommand({ ConfigRuleNames: [inputs.name] }));
    const made = found.ConfigRules?.[0];
    return { id: inputs.name, outputs: { arn: made?.ConfigRuleArn, ruleId: made?.ConfigRuleId } };
  },
  async update(_id, inputs, place) {
    await putRule(inputs, place);
    return {};
  },
  async delete(id, _state, place) {
    await place
      .client(ConfigServiceClient)
      .send(new DeleteConfigRuleCommand({ ConfigRuleName: id }));
  },
});

interface ParameterInput {
  readonly name: string;
  readonly resourceValue?: string | undefined;
  readonly staticValue?: string | undefined;
  readonly staticValues?: readonly string[] | undefined;
}

function parameterValue(given: ParameterInput): RemediationParameterValue {
  const { resourceValue, staticValue, staticValues } = given;
  return resourceValue === undefined
    ? { StaticValue: { Values: staticValues ? [...staticValues] : [staticValue ?? ""] } }
    : { ResourceValue: { Value: resourceValue as "RESOURCE_ID" } };
}

interface RemediationInputs {
  readonly configRuleName: string;
  readonly targetType: string;
  readonly targetId: string;
  readonly automatic?: boolean | undefined;
  readonly maximumAutomaticAttempts?: number | undefined;
  readonly retryAttemptSeconds?: number | undefined;
  readonly parameters?: readonly ParameterInput[] | undefined;
}

async function putRemediation(inputs: RemediationInputs, place: Place): Promise<void> {
  const answer = await place.client(ConfigServiceClient).send(
    new PutRemediationConfigurationsCommand({
      RemediationConfigurations: [
        {
          ConfigRuleName: inputs.configRuleName,
          TargetType: inputs.targetType as "SSM_DOCUMENT",
          TargetId: inputs.targetId,
          Automatic: inputs.automatic,
          MaximumAutomaticAttempts: inputs.maximumAutomaticAttempts,
          RetryAttemptSeconds: inputs.retryAttemptSeconds,
          Parameters: Object.fromEntries(
            (inputs.parameters ?? []).map((each) => [each.name, parameterValue(each)]),
          ),
        },
      ],
    }),
  );
  // AWS answers 200 and says here what it did not take.
  const [failed] = answer.FailedBatches ?? [];
  if (failed) throw new Error(`AWS Config refused the remediation: ${failed.FailureMessage}`);
}

const remediation = input.resourceType({
  inputs: z.strictObject({
    configRuleName: input.text,
    targetType: input.text,
    targetId: input.text,
    automatic: input.optionalFlag,
    maximumAutomaticAttempts: z.optional(z.int().check(z.minimum(1), z.maximum(25))),
    retryAttemptSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(2_678_000))),
    parameters: z.optional(
      z
        .array(
          z.strictObject({
            name: input.text,
            resourceValue: input.optionalText,
            staticValue: input.optionalText,
            staticValues: input.optionalTexts,
          }),
        )
        .check(z.maxLength(25)),
    ),
    ...input.regional,
  }),
  computed: ["arn"],
  updatable: [
    "targetType",
    "targetId",
    "automatic",
    "maximumAutomaticAttempts",
    "retryAttemptSeconds",
    "parameters",
  ],
  async create(inputs, place) {
    await putRemediation(inputs, place);
    return { id: inputs.configRuleName, outputs: {} };
  },
  async update(_id, inputs, place) {
    await putRemediation(inputs, place);
    return {};
  },
  async delete(id, _state, place) {
    await place
      .client(ConfigServiceClient)
      .send(new DeleteRemediationConfigurationCommand({ ConfigRuleName: id }));
  },
});

export const resources = {
  "aws:cfg/rule:Rule": rule,
  "aws:cfg/remediationConfiguration:RemediationConfiguration": remediation,
};
