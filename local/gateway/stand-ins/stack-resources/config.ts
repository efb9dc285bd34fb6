/** AWS::Config::ConfigRule and AWS::Config::RemediationConfiguration in a stack. */
import {
  ConfigServiceClient,
  DeleteConfigRuleCommand,
  DeleteRemediationConfigurationCommand,
  DescribeConfigRulesCommand,
  DescribeRemediationConfigurationsCommand,
  PutConfigRuleCommand,
  PutRemediationConfigurationsCommand,
} from "@aws-sdk/client-config-service";
import * as z from "zod/mini";
import {
  AlreadyExists,
  document,
  type StackSite,
  stackResource,
  unlessGone,
} from "./stack-resource";

const ruleProperties = z.strictObject({
  ConfigRuleName: z.string(),
  Description: z.optional(z.string()),
  InputParameters: z.optional(document),
  MaximumExecutionFrequency: z.optional(
    z.enum(["One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"]),
  ),
  Source: z.strictObject({ Owner: z.literal("AWS"), SourceIdentifier: z.string() }),
});

const noRule = ["NoSuchConfigRuleException"];

function putRule(
  { InputParameters, ...rule }: z.infer<typeof ruleProperties>,
  site: StackSite,
): Promise<unknown> {
  const ConfigRule = {
    ...rule,
    ...(InputParameters && { InputParameters: JSON.stringify(InputParameters) }),
  };
  return site.client(ConfigServiceClient).send(new PutConfigRuleCommand({ ConfigRule }));
}

export const configRule = stackResource({
  properties: ruleProperties,
  replacing: ["ConfigRuleName"],
  nameOf: ({ ConfigRuleName }) => ConfigRuleName,
  async create(rule, site) {
    const { ConfigRuleName } = rule;
    // PutConfigRule would overwrite the rule that is there already.
    const asking = new DescribeConfigRulesCommand({ ConfigRuleNames: [ConfigRuleName] });
    const found = await unlessGone(site.client(ConfigServiceClient).send(asking), noRule);
    if (found?.ConfigRules?.length) {
      throw new AlreadyExists("AWS::Config::ConfigRule", ConfigRuleName);
    }
    await putRule(rule, site);
  },
  update: (_before, after, site) => putRule(after, site),
  delete: ({ ConfigRuleName }, site) =>
    unlessGone(
      site.client(ConfigServiceClient).send(new DeleteConfigRuleCommand({ ConfigRuleName })),
      noRule,
    ),
});

const remediationProperties = z.strictObject({
  ConfigRuleName: z.string(),
  TargetType: z.literal("SSM_DOCUMENT"),
  TargetId: z.string(),
  Automatic: z.boolean(),
  MaximumAutomaticAttempts: z.optional(z.number()),
  RetryAttemptSeconds: z.optional(z.number()),
  Parameters: z.optional(
    z.record(
      z.string(),
      z.union([
        z.strictObject({ StaticValue: z.strictObject({ Values: z.array(z.string()) }) }),
        z.strictObject({
          ResourceValue: z.strictObject({ Value: z.literal("RESOURCE_ID") }),
        }),
      ]),
    ),
  ),
});

async function putRemediation(
  remediation: z.infer<typeof remediationProperties>,
  site: StackSite,
): Promise<void> {
  const putting = new PutRemediationConfigurationsCommand({
    RemediationConfigurations: [remediation],
  });
  const { FailedBatches = [] } = await site.client(ConfigServiceClient).send(putting);
  // PutRemediationConfigurations answers 200 with its failures inside.
  if (FailedBatches.length > 0) throw new Error(String(FailedBatches[0]?.FailureMessage));
}

export const remediationConfiguration = stackResource({
  properties: remediationProperties,
  replacing: ["ConfigRuleName"],
  nameOf: ({ ConfigRuleName }) => ConfigRuleName,
  async create(remediation, site) {
    const { ConfigRuleName } = remediation;
    const asking = new DescribeRemediationConfigurationsCommand({
      ConfigRuleNames: [ConfigRuleName],
    });
    const { RemediationConfigurations = [] } = await site.client(ConfigServiceClient).send(asking);
    if (RemediationConfigurations.length > 0) {
      throw new AlreadyExists("AWS::Config::RemediationConfiguration", ConfigRuleName);
    }
    await putRemediation(remediation, site);
  },
  update: (_before, after, site) => putRemediation(after, site),
  delete: ({ ConfigRuleName }, site) =>
    unlessGone(
      site
        .client(ConfigServiceClient)
        .send(new DeleteRemediationConfigurationCommand({ ConfigRuleName })),
      ["NoSuchRemediationConfigurationException"],
    ),
});
