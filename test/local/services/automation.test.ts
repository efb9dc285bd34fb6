import {
  ConfigServiceClient,
  DescribeConfigRulesCommand,
  DescribeRemediationConfigurationsCommand,
} from "@aws-sdk/client-config-service";
import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  CreateDocumentCommand,
  GetDocumentCommand,
  SSMClient,
  StartAutomationExecutionCommand,
  UpdateDocumentCommand,
} from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { LocalProvider } from "../../../local/provider/provider";
import { registry } from "../../../local/provider/registry";
import { seedRecorder } from "../../../local/seeds/config";
import { runAutomations } from "../../../local/services/automation";
import { errorOf, region, security, seedOf, shop } from "../../support/local/gateway";
import { useWorld } from "../../support/world";

const topicArn = "arn:aws:sns:us-east-1:123456789012:cordon-key-rotation";

describe("automations and their documents in the local organization", () => {
  const world = useWorld();
  let config: ConfigServiceClient;
  let ssm: SSMClient;
  before(async () => {
    runAutomations(world);
    const as = world.as(seedOf(world, shop));
    [config, ssm] = [new ConfigServiceClient(as), new SSMClient(as)];
    await seedRecorder(world, shop);
  });

  describe("Systems Manager", () => {
    const step = {
      name: "only",
      action: "aws:executeAwsApi",
      inputs: { Service: "sns", Api: "Publish", TopicArn: topicArn, Message: "{{global:REGION}}" },
    };
    const made = { schemaVersion: "0.3", mainSteps: [step] };
    const create = (content: object, name = "mine") =>
      ssm.send(
        new CreateDocumentCommand({
          Name: name,
          Content: JSON.stringify(content),
          DocumentType: "Automation",
          DocumentFormat: "JSON",
        }),
      );
    const unknown: readonly (readonly [string, object, string])[] = [
      ["another schema", { schemaVersion: "2.2" }, "the automation's schemaVersion"],
      ["an unknown part", { outputs: [] }, "the automation's outputs"],
      ["another action", { mainSteps: [{ ...step, action: "aws:executeScript" }] }, "mainSteps.0"],
      ["another failure", { mainSteps: [{ ...step, onFailure: "Continue" }] }, "onFailure"],
      [
        "another call",
        { mainSteps: [{ ...step, inputs: { Service: "iam", Api: "DeleteUser" } }] },
        "iam.DeleteUser in an automation",
      ],
      [
        "a value without a source",
        { mainSteps: [{ ...step, inputs: { ...step.inputs, Message: "{{later.name}}" } }] },
        "{{later.name}} in an automation",
      ],
      [
        "another document to run",
        {
          mainSteps: [
            { name: "run", action: "aws:executeAutomation", inputs: { DocumentName: "AWS-Other" } },
          ],
        },
        "the automation's mainSteps.0.inputs.DocumentName",
      ],
    ];
    for (const [what, change, message] of unknown) {
      it(`refuses a document with ${what}, by name`, async () => {
        const error = await errorOf(create({ ...made, ...change }));
        expect(error.message).to.contain("CordonLocalUnknownOperation").and.to.contain(message);
      });
    }

    it("refuses it in a new version, too", async () => {
      await create(made, "known");
      const update = new UpdateDocumentCommand({
        Name: "known",
        Content: JSON.stringify({ ...made, outputs: [] }),
        DocumentVersion: "$LATEST",
        DocumentFormat: "JSON",
      });
      expect((await errorOf(ssm.send(update))).message).to.contain("the automation's outputs");
    });

    const start = (DocumentName: string, Parameters?: Record<string, string[]>) =>
      ssm.send(new StartAutomationExecutionCommand({ DocumentName, Parameters }));

    it("runs no document that is not there, or of AWS's but the one", async () => {
      expect((await errorOf(start("nope"))).name).to.equal("AutomationDefinitionNotFoundException");
      expect((await errorOf(start("AWS-StopEC2Instance"))).message).to.contain(
        "the document AWS-StopEC2Instance is not available",
      );
    });

    it("takes the parameters that a document has, no more and no fewer", async () => {
      for (const parameters of [{ Message: ["x"] }, { TopicArn: ["x"], Message: ["x"], To: ["y"] }])
        expect((await errorOf(start("AWS-PublishSNSNotification", parameters))).name).to.equal(
          "InvalidAutomationExecutionParametersException",
        );
    });
  });

  describe("the local provider", () => {
    const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
    const before_ = variables.map((name) => process.env[name]);
    const provider = new LocalProvider(registry);
    before(async () => {
      const { accessKeyId, secretAccessKey } = seedOf(world, shop);
      process.env.AWS_ENDPOINT_URL = world.url;
      process.env.AWS_ACCESS_KEY_ID = accessKeyId;
      process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey;
      await provider.configure({ region });
    });
    after(() => {
      variables.forEach((name, index) => {
        const value = before_[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      });
    });
    const types = {
      document: "aws:ssm/document:Document",
      rule: "aws:cfg/rule:Rule",
      remediation: "aws:cfg/remediationConfiguration:RemediationConfiguration",
    } as const;
    const about = (type: keyof typeof types) => ({ type: types[type], name: "one" });
    const content = (Message: string) =>
      JSON.stringify({
        schemaVersion: "0.3",
        mainSteps: [
          {
            name: "only",
            action: "aws:executeAwsApi",
            inputs: { Service: "sns", Api: "Publish", TopicArn: topicArn, Message },
          },
        ],
      });
    const document = { name: "carried", documentType: "Automation", content: content("one") };
    const configRule = {
      name: "carried",
      inputParameters: '{"maxAccessKeyAge":"90"}',
      maximumExecutionFrequency: "One_Hour",
      source: { owner: "AWS", sourceIdentifier: "ACCESS_KEYS_ROTATED" },
    };
    const remediation = {
      configRuleName: "carried",
      targetType: "SSM_DOCUMENT",
      targetId: "carried",
      automatic: false,
      parameters: [{ name: "Message", staticValue: "x" }],
    };

    it("makes document, rule and remediation, with what AWS answers of them", async () => {
      const made = await provider.create(about("document"), document, false);
      expect(made.id).to.equal("carried");
      expect(made.outputs).to.include({
        arn: "arn:aws:ssm:us-east-1:222233334444:document/carried",
        defaultVersion: "1",
        owner: "222233334444",
      });
      const ruled = await provider.create(about("rule"), configRule, false);
      expect(ruled.id).to.equal("carried");
      expect(ruled.outputs.arn).to.match(
        /^arn:aws:config:us-east-1:222233334444:config-rule\/config-rule-/,
      );
      expect((await provider.create(about("remediation"), remediation, false)).id).to.equal(
        "carried",
      );
    });

    const update = (type: keyof typeof types, olds: object, news: object) =>
      provider.update(about(type), {
        id: "carried",
        state: { ...olds },
        olds: { ...olds },
        news: { ...news },
        preview: false,
      });

    it("changes them in place: a document by a new version, which becomes the default", async () => {
      const changed = { ...document, content: content("two") };
      expect(await update("document", document, changed)).to.include({ defaultVersion: "2" });
      const { Content } = await ssm.send(new GetDocumentCommand({ Name: "carried" }));
      expect(Content).to.equal(content("two"));
      await update("rule", configRule, { ...configRule, maximumExecutionFrequency: "Six_Hours" });
      const { ConfigRules: [found] = [] } = await config.send(
        new DescribeConfigRulesCommand({ ConfigRuleNames: ["carried"] }),
      );
      expect(found?.MaximumExecutionFrequency).to.equal("Six_Hours");
      const again = [{ name: "Message", staticValues: ["y"] }];
      await update("remediation", remediation, { ...remediation, parameters: again });
      const { RemediationConfigurations: [kept] = [] } = await config.send(
        new DescribeRemediationConfigurationsCommand({ ConfigRuleNames: ["carried"] }),
      );
      expect(kept?.Parameters).to.deep.equal({ Message: { StaticValue: { Values: ["y"] } } });
    });

    it("deletes them, the remediation before its rule", async () => {
      await provider.delete(about("remediation"), "carried", remediation);
      await provider.delete(about("rule"), "carried", configRule);
      await provider.delete(about("document"), "carried", document);
      const asked = config.send(new DescribeConfigRulesCommand({ ConfigRuleNames: ["carried"] }));
      expect((await errorOf(asked)).name).to.equal("NoSuchConfigRuleException");
      const read = ssm.send(new GetDocumentCommand({ Name: "carried" }));
      expect((await errorOf(read)).name).to.equal("InvalidDocument");
    });
  });

  describe("SNS", () => {
    const publish = (client: SNSClient) =>
      client.send(new PublishCommand({ TopicArn: topicArn, Message: "x" }));

    it("takes no message in another region than the topic's", async () => {
      const settings = world.as(seedOf(world, security));
      await new SNSClient(settings).send(new CreateTopicCommand({ Name: "cordon-key-rotation" }));
      const elsewhere = new SNSClient({ ...settings, region: "eu-west-1" });
      expect((await errorOf(publish(elsewhere))).name).to.equal("InvalidParameterException");
    });
  });
});
