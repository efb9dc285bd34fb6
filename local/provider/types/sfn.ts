import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import * as z from "zod/mini";
import { optionalFlag, optionalText, regional, resourceType, tagged, text } from "../resource-type";

const inputs = z.strictObject({
  name: text,
  definition: text,
  roleArn: text,
  type: z.optional(z.literal("STANDARD")),
  loggingConfiguration: z.optional(
    z.strictObject({
      level: z.optional(z.enum(["ALL", "ERROR", "FATAL", "OFF"])),
      includeExecutionData: optionalFlag,
      logDestination: optionalText,
    }),
  ),
  tracingConfiguration: z.optional(z.strictObject({ enabled: optionalFlag })),
  ...regional,
  ...tagged,
});

/** What create and update share. */
function settings({ definition, roleArn, ...more }: z.infer<typeof inputs>) {
  const { loggingConfiguration: logging, tracingConfiguration: tracing } = more;
  return {
    definition,
    roleArn,
    loggingConfiguration: logging && {
      level: logging.level ?? "OFF",
      includeExecutionData: logging.includeExecutionData ?? false,
      ...(logging.logDestination !== undefined && {
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logging.logDestination } }],
      }),
    },
    tracingConfiguration: tracing && { enabled: tracing.enabled ?? false },
  };
}

const stateMachine = resourceType({
  inputs,
  computed: ["arn", "creationDate"],
  updatable: ["definition", "roleArn", "loggingConfiguration", "tracingConfiguration"],
  async create(given, place, tags) {
    const { stateMachineArn = "", creationDate } = await place.client(SFNClient).send(
      new CreateStateMachineCommand({
        ...settings(given),
        name: given.name,
        type: "STANDARD",
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      }),
    );
    const { status } = await place
      .client(SFNClient)
      .send(new DescribeStateMachineCommand({ stateMachineArn }));
    return {
      id: stateMachineArn,
      outputs: {
        arn: stateMachineArn,
        type: "STANDARD",
        status,
        creationDate: creationDate?.toISOString(),
      },
    };
  },
  async update(id, given, place) {
    await place
      .client(SFNClient)
      .send(new UpdateStateMachineCommand({ ...settings(given), stateMachineArn: id }));
    return {};
  },
  async delete(id, _state, place) {
    await place.client(SFNClient).send(new DeleteStateMachineCommand({ stateMachineArn: id }));
  },
});

export const resources = { "aws:sfn/stateMachine:StateMachine": stateMachine };
