import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
} from "@aws-sdk/client-cloudwatch";
import * as z from "zod/mini";
import * as input from "../resource-type";

const metricAlarm = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    comparisonOperator: input.text,
    evaluationPeriods: z.number(),
    metricName: input.text,
    namespace: input.text,
    period: z.number(),
    // Statistics only: the emulator has no percentiles.
    statistic: input.text,
    threshold: z.number(),
    datapointsToAlarm: input.optionalNumber,
    dimensions: z.optional(z.record(z.string(), z.string())),
    treatMissingData: input.optionalText,
    unit: input.optionalText,
    actionsEnabled: input.optionalFlag,
    alarmActions: input.optionalTexts,
    okActions: input.optionalTexts,
    insufficientDataActions: input.optionalTexts,
    alarmDescription: input.optionalText,
    ...input.regional,
    ...input.tagged,
  }),
  computed: ["arn"],
  async create(inputs, place, tags) {
    const cloudwatch = place.client(CloudWatchClient);
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: inputs.name,
        AlarmDescription: inputs.alarmDescription,
        ActionsEnabled: inputs.actionsEnabled ?? true,
        AlarmActions: inputs.alarmActions,
        OKActions: inputs.okActions,
        InsufficientDataActions: inputs.insufficientDataActions,
        Namespace: inputs.namespace,
        MetricName: inputs.metricName,
        Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({
          Name,
          Value,
        })),
        Statistic: inputs.statistic,
        Period: inputs.period,
        Unit: inputs.unit,
        Threshold: inputs.threshold,
        ComparisonOperator: inputs.comparisonOperator,
        EvaluationPeriods: inputs.evaluationPeriods,
        DatapointsToAlarm: inputs.datapointsToAlarm,
        TreatMissingData: inputs.treatMissingData ?? "missing",
        Tags: input.tagList(tags),
        // AWS checks the enumerations; their types would only repeat its lists.
      } as PutMetricAlarmInput),
    );
    const found = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [inputs.name] }));
    return { id: inputs.name, outputs: { arn: found.MetricAlarms?.[0]?.AlarmArn } };
  },
  async delete(id, _state, place) {
    await place.client(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: [id] }));
  },
});

export const resources = { "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm };
