import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
} from "@aws-sdk/client-cloudwatch";
import * as z from "zod/mini";
import {
  optionalFlag,
  optionalNumber,
  optionalText,
  optionalTexts,
  regional,
  resourceType,
  tagged,
  tagList,
  text,
} from "../resource-type";

const metricAlarm = resourceType({
  inputs: z.strictObject({
    name: text,
    comparisonOperator: text,
    evaluationPeriods: z.number(),
    metricName: text,
    namespace: text,
    period: z.number(),
    // Statistics only: the emulator has no percentiles.
    statistic: text,
    threshold: z.number(),
    datapointsToAlarm: optionalNumber,
    dimensions: z.optional(z.record(z.string(), z.string())),
    treatMissingData: optionalText,
    unit: optionalText,
    actionsEnabled: optionalFlag,
    alarmActions: optionalTexts,
    okActions: optionalTexts,
    insufficientDataActions: optionalTexts,
    alarmDescription: optionalText,
    ...regional,
    ...tagged,
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
        Tags: tagList(tags),
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
