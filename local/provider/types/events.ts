import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import * as z from "zod/mini";
import {
  optionalNumber,
  optionalText,
  regional,
  resourceType,
  tagged,
  tagList,
  text,
} from "../resource-type";

const deadLetterConfig = z.optional(z.strictObject({ arn: text }));

const eventBus = resourceType({
  inputs: z.strictObject({
    name: text,
    description: optionalText,
    kmsKeyIdentifier: optionalText,
    deadLetterConfig,
    ...regional,
    ...tagged,
  }),
  computed: ["arn"],
  async create(inputs, place, tags) {
    const { EventBusArn: arn } = await place.client(EventBridgeClient).send(
      new CreateEventBusCommand({
        Name: inputs.name,
        Description: inputs.description,
        KmsKeyIdentifier: inputs.kmsKeyIdentifier,
        DeadLetterConfig: inputs.deadLetterConfig && { Arn: inputs.deadLetterConfig.arn },
        Tags: tagList(tags),
      }),
    );
    return { id: inputs.name, outputs: { arn } };
  },
  async delete(id, _state, place) {
    await place.client(EventBridgeClient).send(new DeleteEventBusCommand({ Name: id }));
  },
});

const eventBusPolicy = resourceType({
  inputs: z.strictObject({ eventBusName: optionalText, policy: text, ...regional }),
  documents: ["policy"],
  updatable: ["policy"],
  async create({ eventBusName = "default", policy }, place) {
    await place
      .client(EventBridgeClient)
      .send(new PutPermissionCommand({ EventBusName: eventBusName, Policy: policy }));
    return { id: eventBusName, outputs: { eventBusName } };
  },
  async update(id, { policy }, place) {
    await place
      .client(EventBridgeClient)
      .send(new PutPermissionCommand({ EventBusName: id, Policy: policy }));
    return {};
  },
  async delete(id, _state, place) {
    await place
      .client(EventBridgeClient)
      .send(new RemovePermissionCommand({ EventBusName: id, RemoveAllPermissions: true }));
  },
});

const ruleInputs = z.strictObject({
  name: text,
  description: optionalText,
  eventBusName: optionalText,
  eventPattern: optionalText,
  scheduleExpression: optionalText,
  state: z.optional(
    z.enum(["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]),
  ),
  roleArn: optionalText,
  ...regional,
  ...tagged,
});

const putRule = (inputs: z.infer<typeof ruleInputs>, tags: Readonly<Record<string, string>>) =>
  new PutRuleCommand({
    Name: inputs.name,
    Description: inputs.description,
    EventBusName: inputs.eventBusName,
    EventPattern: inputs.eventPattern,
    ScheduleExpression: inputs.scheduleExpression,
    State: inputs.state ?? "ENABLED",
    RoleArn: inputs.roleArn,
    Tags: tagList(tags),
  });

const eventRule = resourceType({
  inputs: ruleInputs,
  documents: ["eventPattern"],
  computed: ["arn"],
  updatable: ["description", "eventPattern", "scheduleExpression", "state", "roleArn"],
  async create(inputs, place, tags) {
    const { eventBusName = "default", name } = inputs;
    const { RuleArn: arn } = await place.client(EventBridgeClient).send(putRule(inputs, tags));
    const id = eventBusName === "default" ? name : `${eventBusName}/${name}`;
    return { id, outputs: { arn, eventBusName, state: inputs.state ?? "ENABLED" } };
  },
  async update(_id, inputs, place) {
    await place.client(EventBridgeClient).send(putRule(inputs, {}));
    return { state: inputs.state ?? "ENABLED" };
  },
  async delete(_id, { name, eventBusName }, place) {
    await place
      .client(EventBridgeClient)
      .send(new DeleteRuleCommand({ Name: name, EventBusName: eventBusName }));
  },
});

const eventTarget = resourceType({
  inputs: z.strictObject({
    rule: text,
    arn: text,
    targetId: text,
    eventBusName: optionalText,
    roleArn: optionalText,
    input: optionalText,
    inputPath: optionalText,
    deadLetterConfig: z.optional(z.strictObject({ arn: optionalText })),
    retryPolicy: z.optional(
      z.strictObject({
        maximumEventAgeInSeconds: optionalNumber,
        maximumRetryAttempts: optionalNumber,
      }),
    ),
    ...regional,
  }),
  async create(inputs, place) {
    const { rule, targetId, eventBusName = "default", retryPolicy } = inputs;
    const put = await place.client(EventBridgeClient).send(
      new PutTargetsCommand({
        Rule: rule,
        EventBusName: eventBusName,
        Targets: [
          {
            Id: targetId,
            Arn: inputs.arn,
            RoleArn: inputs.roleArn,
            Input: inputs.input,
            InputPath: inputs.inputPath,
            DeadLetterConfig: inputs.deadLetterConfig && { Arn: inputs.deadLetterConfig.arn },
            RetryPolicy: retryPolicy && {
              MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
              MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
            },
          },
        ],
      }),
    );
    // PutTargets answers 200 with its failures inside.
    const failed = put.FailedEntries?.[0];
    if (failed) throw new Error(`${failed.ErrorCode}: ${failed.ErrorMessage}`);
    const bus = eventBusName === "default" ? "" : `${eventBusName}-`;
    return { id: `${bus}${rule}-${targetId}`, outputs: { eventBusName } };
  },
  async delete(_id, { rule, targetId, eventBusName }, place) {
    await place
      .client(EventBridgeClient)
      .send(new RemoveTargetsCommand({ Rule: rule, EventBusName: eventBusName, Ids: [targetId] }));
  },
});

export const resources = {
  "aws:cloudwatch/eventBus:EventBus": eventBus,
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": eventBusPolicy,
  "aws:cloudwatch/eventRule:EventRule": eventRule,
  "aws:cloudwatch/eventTarget:EventTarget": eventTarget,
};
