/** Places the key rotation part of the baseline in an account, without a deployment. */
import {
  ConfigServiceClient,
  PutConfigRuleCommand,
  PutRemediationConfigurationsCommand,
} from "@aws-sdk/client-config-service";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateDocumentCommand, SSMClient } from "@aws-sdk/client-ssm";
import { keyRotationPart } from "../../../components/organization/baseline/key-rotation";
import type { BaselineResource } from "../../../components/organization/baseline/resource";
import { homeRegion, security } from "../../../local/gateway/accounts";
import { ownerConfig } from "../../../local/gateway/client";
import type { Gateway } from "../../../local/gateway/gateway";

/** Creates the part's resources by plain calls, as the account's owner. */
export async function placeKeyRotation(gateway: Gateway, account: string): Promise<void> {
  const settings = ownerConfig(gateway, account);
  const clients = {
    iam: new IAMClient(settings),
    ssm: new SSMClient(settings),
    config: new ConfigServiceClient(settings),
  };
  const part = keyRotationPart({
    rolePath: "/",
    securityAccount: security.id,
    homeRegion,
    accessKeyMaxAgeDays: 90,
    accessKeyCheckHours: "24",
    accessKeyAttempts: 5,
    accessKeyRetrySeconds: 60,
  });
  for (const resource of part({ account, region: homeRegion })) {
    await make(clients, resource);
  }
}

async function make(
  { iam, ssm, config }: { iam: IAMClient; ssm: SSMClient; config: ConfigServiceClient },
  resource: BaselineResource,
): Promise<void> {
  switch (resource.type) {
    case "AWS::IAM::Role": {
      const { RoleName, Description, AssumeRolePolicyDocument, Policies } = resource.properties;
      const trust = JSON.stringify(AssumeRolePolicyDocument);
      await iam.send(
        new CreateRoleCommand({ RoleName, Description, AssumeRolePolicyDocument: trust }),
      );
      for (const { PolicyName, PolicyDocument } of Policies) {
        const document = JSON.stringify(PolicyDocument);
        await iam.send(
          new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }),
        );
      }
      return;
    }
    case "AWS::SSM::Document": {
      const { Name, DocumentType, DocumentFormat, Content } = resource.properties;
      const content = JSON.stringify(Content);
      await ssm.send(
        new CreateDocumentCommand({ Name, DocumentType, DocumentFormat, Content: content }),
      );
      return;
    }
    case "AWS::Config::ConfigRule": {
      const { InputParameters, ...rule } = resource.properties;
      const ConfigRule = { ...rule, InputParameters: JSON.stringify(InputParameters) };
      await config.send(new PutConfigRuleCommand({ ConfigRule }));
      return;
    }
    case "AWS::Config::RemediationConfiguration": {
      const { Parameters, ...remediation } = resource.properties;
      const parameters = structuredClone(Parameters) as never;
      await config.send(
        new PutRemediationConfigurationsCommand({
          RemediationConfigurations: [{ ...remediation, Parameters: parameters }],
        }),
      );
      return;
    }
    default:
      throw new Error(`${resource.type} is not in the key rotation part of the baseline`);
  }
}
