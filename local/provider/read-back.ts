/**
 * What the real provider (terraform-provider-aws 6.47.1, by its source) reads back of what it was
 * given, and how it compares that with the inputs of the next run. The engine sees a change where the
 * two differ, so inputs that are read back in another form change on every run.
 */
import { changedKeys, compact, isObject, type Properties } from "./values";

interface Rule {
  /** Lists, by path, that the provider keeps as sets: order means nothing. */
  readonly sets?: readonly string[];
  /** Texts that it compares as JSON. */
  readonly json?: readonly string[];
  /** Texts that it compares as IAM policies: "a" is ["a"], and order means nothing. */
  readonly policies?: readonly string[];
  /** Turns inputs into what a read gives. @default the inputs */
  readBack?(inputs: Properties): Properties;
}

const rules: Readonly<Record<string, Rule>> = {
  "aws:cfg/organizationConformancePack:OrganizationConformancePack": {
    sets: ["excludedAccounts"],
    json: ["templateBody"],
  },
  "aws:cfg/remediationConfiguration:RemediationConfiguration": { readBack: remediation },
  "aws:cloudformation/stackInstances:StackInstances": {
    sets: ["regions", "deploymentTargets.organizationalUnitIds"],
  },
  "aws:cloudformation/stackSet:StackSet": { sets: ["capabilities"], json: ["templateBody"] },
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": { policies: ["policy"] },
  "aws:cloudwatch/eventRule:EventRule": { json: ["eventPattern"] },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    sets: ["alarmActions", "insufficientDataActions", "okActions"],
  },
  "aws:dynamodb/table:Table": { sets: ["attributes", "globalSecondaryIndexes"] },
  "aws:ec2/securityGroup:SecurityGroup": { sets: ["ingress", "egress"] },
  // Of the organization's features the same member is a list: read back in another order, it changes.
  "aws:guardduty/detectorFeature:DetectorFeature": { sets: ["additionalConfigurations"] },
  "aws:guardduty/filter:Filter": { sets: ["findingCriteria.criterions"], readBack: filter },
  "aws:iam/role:Role": { policies: ["assumeRolePolicy"] },
  "aws:iam/rolePolicy:RolePolicy": { policies: ["policy"] },
  "aws:kms/key:Key": { policies: ["policy"] },
  "aws:lambda/eventSourceMapping:EventSourceMapping": { sets: ["functionResponseTypes"] },
  "aws:organizations/policy:Policy": { json: ["content"] },
  "aws:s3/bucketPolicy:BucketPolicy": { policies: ["policy"] },
  "aws:securityhub/configurationPolicy:ConfigurationPolicy": {
    sets: [
      "configurationPolicy.enabledStandardArns",
      "configurationPolicy.securityControlsConfiguration.disabledControlIdentifiers",
      "configurationPolicy.securityControlsConfiguration.enabledControlIdentifiers",
    ],
  },
  "aws:securityhub/findingAggregator:FindingAggregator": { sets: ["specifiedRegions"] },
  "aws:sns/topicPolicy:TopicPolicy": { policies: ["policy"] },
  "aws:sns/topicSubscription:TopicSubscription": { json: ["filterPolicy"] },
  "aws:sqs/queue:Queue": { json: ["redrivePolicy", "redriveAllowPolicy"] },
  "aws:sqs/queuePolicy:QueuePolicy": { policies: ["policy"] },
};

/** Gives the inputs as a read right after the change gives them. */
export function readBack(type: string, inputs: Properties): Properties {
  return rules[type]?.readBack?.(inputs) ?? inputs;
}

/**
 * Names the inputs that differ from what was read, in alphabetical order: of the inputs of the last
 * run, what the state has of them.
 */
export function changes(
  type: string,
  { state, olds, news }: Readonly<Record<"state" | "olds" | "news", Properties>>,
): string[] {
  const read = Object.fromEntries(
    Object.entries(olds).map(([key, value]) => [key, state[key] ?? value]),
  );
  return changedKeys(comparable(type, read), comparable(type, news));
}

/** Brings equal values into one form. */
function comparable(type: string, given: Properties): Properties {
  const { sets = [], json = [], policies = [] } = rules[type] ?? {};
  let result = given;
  for (const path of sets) result = changed(result, path.split("."), (value) => ordered(value));
  for (const key of json) result = changed(result, [key], parsed);
  for (const key of policies) result = changed(result, [key], (value) => loose(parsed(value)));
  return result;
}

function changed(
  from: Properties,
  [key = "", ...rest]: readonly string[],
  change: (value: unknown) => unknown,
): Properties {
  const value = from[key];
  if (value === undefined) return from;
  if (rest.length === 0) return { ...from, [key]: change(value) };
  return isObject(value) ? { ...from, [key]: changed(value, rest, change) } : from;
}

function ordered(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const texts = new Map(value.map((each) => [each, JSON.stringify(byKey(each))]));
  return [...value].sort((one, other) =>
    (texts.get(one) ?? "") < (texts.get(other) ?? "") ? -1 : 1,
  );
}

/** Sorts the members of objects: the engine sends them in any order. */
function byKey(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(byKey);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, byKey(value[key])]));
}

function parsed(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return value;
  }
}

/** Takes from a policy what means nothing: a list around one member, and order. */
function loose(value: unknown): unknown {
  if (Array.isArray(value)) {
    const members = value.map(loose);
    return members.length === 1 ? members[0] : ordered(members);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, loose(each)]));
}

/** Parameters come sorted by name, a static value that is the only one of its list on its own. */
function remediation(inputs: Properties): Properties {
  if (!Array.isArray(inputs.parameters)) return inputs;
  const parameters = (inputs.parameters as Properties[]).map(({ staticValues, ...rest }) => {
    const values = Array.isArray(staticValues) ? staticValues : [];
    return values.length === 1
      ? { ...rest, staticValue: values[0] }
      : compact({ ...rest, staticValues });
  });
  const byName = (one: Properties, other: Properties) =>
    String(one.name) < String(other.name) ? -1 : 1;
  return { ...inputs, parameters: parameters.sort(byName) };
}

/** Zero comes back as absent, a date as one of whole seconds in UTC. */
function filter(inputs: Properties): Properties {
  const { criterions } = inputs.findingCriteria as { readonly criterions: readonly Properties[] };
  const read = criterions.map((criterion) =>
    compact({
      ...criterion,
      ...Object.fromEntries(
        comparisons
          .filter((comparison) => criterion[comparison] !== undefined)
          .map((comparison) => [comparison, compared(criterion, comparison)]),
      ),
    }),
  );
  return { ...inputs, findingCriteria: { criterions: read } };
}

const comparisons = ["greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual"] as const;

function compared({ field, ...criterion }: Properties, comparison: string): string | undefined {
  const value = String(criterion[comparison]);
  const number = sentAs(String(field), value);
  if (number <= 0) return undefined;
  return field === "updatedAt"
    ? new Date(number).toISOString().replace(/\.\d+Z$/, "Z")
    : String(number);
}

/** Reads what is sent for a comparison's text. @throws where the provider fails at the change */
export function sentAs(field: string, value: string): number {
  const number = field === "updatedAt" ? dateOf(value) : Number(/^\d+$/.test(value) ? value : NaN);
  if (Number.isNaN(number)) {
    const expected = field === "updatedAt" ? "a date of RFC 3339" : "a whole number";
    throw new Error(`the provider takes for ${field} ${expected}, but ${value} was given`);
  }
  return number;
}

export const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function dateOf(value: string): number {
  return rfc3339.test(value) ? Date.parse(value) : Number.NaN;
}
