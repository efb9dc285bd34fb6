import {
  CreateDetectorCommand,
  CreateFilterCommand,
  type CreateFilterCommandInput,
  DeleteDetectorCommand,
  DeleteFilterCommand,
  DisableOrganizationAdminAccountCommand,
  EnableOrganizationAdminAccountCommand,
  type FindingPublishingFrequency,
  GetDetectorCommand,
  GuardDutyClient,
  paginateListDetectors,
  paginateListOrganizationAdminAccounts,
  UpdateDetectorCommand,
  UpdateFilterCommand,
} from "@aws-sdk/client-guardduty";
import * as z from "zod/mini";
import { allOf } from "../../gateway/client";
import { rfc3339, sentAs } from "../read-back";
import * as input from "../resource-type";
import type { Place } from "../session";

const detectorIds = (client: GuardDutyClient) =>
  allOf(paginateListDetectors({ client }, {}), ({ DetectorIds }) => DetectorIds);

const detectorArn = async (id: string, place: Place): Promise<string> =>
  `arn:aws:guardduty:${place.region}:${await place.account()}:detector/${id}`;

const detector = input.resourceType({
  inputs: z.strictObject({
    enable: input.optionalFlag,
    findingPublishingFrequency: z.optional(z.enum(["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"])),
    ...input.regional,
    ...input.tagged,
  }),
  computed: ["arn", "accountId"],
  async create(inputs, place, tags) {
    const { DetectorId: id = "" } = await place.client(GuardDutyClient).send(
      new CreateDetectorCommand({
        Enable: inputs.enable ?? true,
        FindingPublishingFrequency: inputs.findingPublishingFrequency as FindingPublishingFrequency,
        // GuardDuty refuses an empty map.
        ...(Object.keys(tags).length > 0 && { Tags: { ...tags } }),
      }),
    );
    return { id, outputs: { arn: await detectorArn(id, place), accountId: await place.account() } };
  },
  async delete(id, _state, place) {
    await place.client(GuardDutyClient).send(new DeleteDetectorCommand({ DetectorId: id }));
  },
  async read(id, place) {
    const guardDuty = place.client(GuardDutyClient);
    if (!(await detectorIds(guardDuty)).includes(id)) return undefined;
    const found = await guardDuty.send(new GetDetectorCommand({ DetectorId: id }));
    return {
      inputs: {
        enable: found.Status === "ENABLED",
        findingPublishingFrequency: found.FindingPublishingFrequency,
        region: place.region,
        tags: found.Tags,
      },
      outputs: { arn: await detectorArn(id, place), accountId: await place.account() },
    };
  },
});

const status = z.enum(["ENABLED", "DISABLED"]);
const featureInputs = z.strictObject({
  detectorId: input.text,
  name: z.enum([
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "EKS_RUNTIME_MONITORING",
    "LAMBDA_NETWORK_LOGS",
    "RUNTIME_MONITORING",
  ]),
  status,
  additionalConfigurations: z.optional(
    z.array(
      z.strictObject({
        name: z.enum([
          "EKS_ADDON_MANAGEMENT",
          "ECS_FARGATE_AGENT_MANAGEMENT",
          "EC2_AGENT_MANAGEMENT",
        ]),
        status,
      }),
    ),
  ),
  ...input.regional,
});

/** Of each detector the changes under way: one must see what the one before it wrote. */
const changes = new Map<string, Promise<unknown>>();

/**
 * Sets one feature. AWS leaves the features alone that a call does not name; the emulator forgets
 * them, so the call names them all.
 */
async function setFeature(inputs: z.infer<typeof featureInputs>, place: Place): Promise<void> {
  const { detectorId: DetectorId, name, additionalConfigurations } = inputs;
  const guardDuty = place.client(GuardDutyClient);
  const change = (changes.get(DetectorId) ?? Promise.resolve()).then(async () => {
    const { Features = [] } = await guardDuty.send(new GetDetectorCommand({ DetectorId }));
    const runtime = name === "RUNTIME_MONITORING" ? "EKS_RUNTIME_MONITORING" : "RUNTIME_MONITORING";
    if (/RUNTIME/.test(name) && Features.some((each) => each.Name === runtime)) {
      throw new Error(`BadRequestException: ${name} cannot be enabled together with ${runtime}`);
    }
    const feature = {
      Name: name,
      Status: inputs.status,
      AdditionalConfiguration: additionalConfigurations?.map((each) => ({
        Name: each.name,
        Status: each.status,
      })),
    };
    const others = Features.filter((each) => each.Name !== name).map((each) => ({
      Name: each.Name as typeof name,
      Status: each.Status,
      AdditionalConfiguration: each.AdditionalConfiguration,
    }));
    await guardDuty.send(new UpdateDetectorCommand({ DetectorId, Features: [...others, feature] }));
  });
  changes.set(
    DetectorId,
    change.catch(() => undefined),
  );
  await change;
}

const detectorFeature = input.resourceType({
  inputs: featureInputs,
  updatable: ["status", "additionalConfigurations"],
  async create(inputs, place) {
    await setFeature(inputs, place);
    return { id: `${inputs.detectorId}/${inputs.name}`, outputs: {} };
  },
  async update(_id, inputs, place) {
    await setFeature(inputs, place);
    return {};
  },
  // The real provider does nothing either: a feature is switched off, not removed.
  async delete() {},
});

// A text, of digits or a date, is all that the provider looks for before a change.
const compared = z.optional(
  input.text.check(
    z.refine((value) => /^\d+$/.test(value) || rfc3339.test(value), {
      error: "must be a date of RFC 3339 or a whole number that is not negative",
    }),
  ),
);
const patterns = z.optional(
  z.array(input.text.check(z.minLength(1), z.maxLength(512))).check(z.minLength(1), z.maxLength(5)),
);

const filterInputs = z.strictObject({
  detectorId: input.text,
  name: input.text.check(z.regex(/^[\w.-]{3,64}$/)),
  description: input.optionalText,
  action: z.enum(["ARCHIVE", "NOOP"]),
  rank: z.number().check(z.minimum(1), z.maximum(100)),
  findingCriteria: z.strictObject({
    criterions: z
      .array(
        z.strictObject({
          field: input.text,
          equals: input.optionalTexts,
          notEquals: input.optionalTexts,
          matches: patterns,
          notMatches: patterns,
          greaterThan: compared,
          greaterThanOrEqual: compared,
          lessThan: compared,
          lessThanOrEqual: compared,
        }),
      )
      .check(z.minLength(1)),
  }),
  ...input.regional,
  ...input.tagged,
});

/** Writes a filter's criteria as the API takes them: by field, numbers and dates as numbers. */
function filterOf(inputs: z.infer<typeof filterInputs>): Omit<CreateFilterCommandInput, "Name"> {
  return {
    DetectorId: inputs.detectorId,
    Description: inputs.description,
    Action: inputs.action,
    Rank: inputs.rank,
    FindingCriteria: {
      Criterion: Object.fromEntries(
        inputs.findingCriteria.criterions.map(({ field, ...criterion }) => {
          const number = (value: string | undefined) =>
            value === undefined ? undefined : sentAs(field, value);
          return [
            field,
            {
              Equals: criterion.equals,
              NotEquals: criterion.notEquals,
              Matches: criterion.matches,
              NotMatches: criterion.notMatches,
              GreaterThan: number(criterion.greaterThan),
              GreaterThanOrEqual: number(criterion.greaterThanOrEqual),
              LessThan: number(criterion.lessThan),
              LessThanOrEqual: number(criterion.lessThanOrEqual),
            },
          ];
        }),
      ),
    },
  };
}

const filter = input.resourceType({
  inputs: filterInputs,
  computed: ["arn"],
  updatable: ["description", "action", "rank", "findingCriteria"],
  async create(inputs, place, tags) {
    await place.client(GuardDutyClient).send(
      new CreateFilterCommand({
        ...filterOf(inputs),
        Name: inputs.name,
        ...(Object.keys(tags).length > 0 && { Tags: { ...tags } }),
      }),
    );
    return {
      id: `${inputs.detectorId}:${inputs.name}`,
      outputs: { arn: `${await detectorArn(inputs.detectorId, place)}/filter/${inputs.name}` },
    };
  },
  async update(_id, inputs, place) {
    await place
      .client(GuardDutyClient)
      .send(new UpdateFilterCommand({ ...filterOf(inputs), FilterName: inputs.name }));
    return {};
  },
  async delete(_id, { detectorId, name }, place) {
    await place
      .client(GuardDutyClient)
      .send(new DeleteFilterCommand({ DetectorId: detectorId, FilterName: name }));
  },
});

const organizationAdminAccount = input.resourceType({
  inputs: z.strictObject({
    adminAccountId: input.text.check(z.regex(/^\d{12}$/)),
    ...input.regional,
  }),
  async create({ adminAccountId }, place) {
    await place
      .client(GuardDutyClient)
      .send(new EnableOrganizationAdminAccountCommand({ AdminAccountId: adminAccountId }));
    return { id: adminAccountId, outputs: {} };
  },
  async delete(id, _state, place) {
    await place
      .client(GuardDutyClient)
      .send(new DisableOrganizationAdminAccountCommand({ AdminAccountId: id }));
  },
  async read(id, place) {
    const administrators = await allOf(
      paginateListOrganizationAdminAccounts({ client: place.client(GuardDutyClient) }, {}),
      ({ AdminAccounts }) => AdminAccounts,
    );
    return administrators.some(({ AdminAccountId }) => AdminAccountId === id)
      ? { inputs: { adminAccountId: id, region: place.region }, outputs: {} }
      : undefined;
  },
});

const getDetector = input.invoke({
  arguments: z.strictObject({ ...input.regional }),
  async answer(_given, place) {
    const guardDuty = place.client(GuardDutyClient);
    const [id] = await detectorIds(guardDuty);
    // The real provider's words.
    if (id === undefined)
      throw new Error("reading this account's single GuardDuty Detector: empty result");
    const found = await guardDuty.send(new GetDetectorCommand({ DetectorId: id }));
    return {
      id,
      arn: await detectorArn(id, place),
      region: place.region,
      status: found.Status,
      tags: found.Tags ?? {},
      findingPublishingFrequency: found.FindingPublishingFrequency,
    };
  },
});

export const resources = {
  "aws:guardduty/detector:Detector": detector,
  "aws:guardduty/detectorFeature:DetectorFeature": detectorFeature,
  "aws:guardduty/filter:Filter": filter,
  "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount": organizationAdminAccount,
};
export const invokes = { "aws:guardduty/getDetector:getDetector": getDetector };
