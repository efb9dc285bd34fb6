/**
 * The inputs of types that are only recorded. Checked as strictly as those that are carried out, by
 * the services' documented values: with nothing behind them, this is their only referee.
 */
import * as z from "zod/mini";
import { optionalText, optionalTexts, regional, tagged, text } from "../resource-type";

const members = z.enum(["ALL", "NEW", "NONE"]);
const features = [
  "S3_DATA_EVENTS",
  "EKS_AUDIT_LOGS",
  "EBS_MALWARE_PROTECTION",
  "RDS_LOGIN_EVENTS",
  "LAMBDA_NETWORK_LOGS",
  "EKS_RUNTIME_MONITORING",
  "RUNTIME_MONITORING",
] as const;
const agents = z.array(
  z.strictObject({
    name: z.enum(["EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"]),
    autoEnable: members,
  }),
);
const regions = z.array(text.check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/))).check(z.minLength(1));

/** By type, the schema of its inputs. */
export const recordedInputs: Readonly<Record<string, z.ZodMiniType>> = {
  "aws:cfg/organizationConformancePack:OrganizationConformancePack": z.strictObject({
    name: text.check(z.regex(/^[A-Za-z][-A-Za-z0-9]{0,127}$/)),
    templateBody: text.check(z.maxLength(51_200)),
    excludedAccounts: z.optional(
      z.array(text.check(z.regex(/^\d{12}$/))).check(z.minLength(1), z.maxLength(1000)),
    ),
    ...regional,
  }),
  "aws:guardduty/iPSet:IPSet": z.strictObject({
    detectorId: text,
    name: text.check(z.regex(/^[\w-]{1,300}$/)),
    format: z.enum(["TXT", "STIX", "OTX_CSV", "ALIEN_VAULT", "PROOF_POINT", "FIRE_EYE"]),
    location: text.check(z.regex(/^https:\/\/s3\.amazonaws\.com\/[a-z0-9.-]{3,63}\/.+$/)),
    activate: z.boolean(),
    ...regional,
    ...tagged,
  }),
  "aws:guardduty/organizationConfiguration:OrganizationConfiguration": z.strictObject({
    detectorId: text,
    autoEnableOrganizationMembers: members,
    ...regional,
  }),
  "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": z
    .strictObject({
      detectorId: text,
      name: z.enum(features),
      autoEnable: members,
      additionalConfigurations: z.optional(agents),
      ...regional,
    })
    .check(
      z.refine(
        ({ name, additionalConfigurations }) =>
          additionalConfigurations === undefined || /RUNTIME_MONITORING$/.test(name),
        { path: ["additionalConfigurations"], error: "only runtime monitoring has agents" },
      ),
    ),
  "aws:guardduty/publishingDestination:PublishingDestination": z.strictObject({
    detectorId: text,
    destinationArn: text.check(z.regex(/^arn:aws:s3:::[a-z0-9.-]{3,63}(\/.+)?$/)),
    kmsKeyArn: text.check(z.regex(/^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/.+$/)),
    destinationType: z.optional(z.literal("S3")),
    ...regional,
    ...tagged,
  }),
  "aws:securityhub/actionTarget:ActionTarget": z.strictObject({
    identifier: text.check(z.regex(/^[A-Za-z0-9]{1,20}$/)),
    name: text.check(z.minLength(1), z.maxLength(20)),
    description: text.check(z.minLength(1)),
    ...regional,
  }),
  "aws:securityhub/configurationPolicy:ConfigurationPolicy": z.strictObject({
    name: text.check(z.regex(/^[\w .-]{1,100}$/)),
    description: optionalText,
    configurationPolicy: z.strictObject({
      serviceEnabled: z.boolean(),
      enabledStandardArns: optionalTexts,
      securityControlsConfiguration: z.optional(
        // Either list, not both.
        z.xor([
          z.strictObject({ disabledControlIdentifiers: z.array(text) }),
          z.strictObject({ enabledControlIdentifiers: z.array(text) }),
        ]),
      ),
    }),
    ...regional,
  }),
  "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation": z.strictObject({
    policyId: text,
    targetId: text.check(z.regex(/^(\d{12}|r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/)),
    ...regional,
  }),
  "aws:securityhub/findingAggregator:FindingAggregator": z.discriminatedUnion("linkingMode", [
    z.strictObject({ linkingMode: z.literal("ALL_REGIONS"), ...regional }),
    z.strictObject({ linkingMode: z.literal("NO_REGIONS"), ...regional }),
    z.strictObject({
      linkingMode: z.literal("SPECIFIED_REGIONS"),
      specifiedRegions: regions,
      ...regional,
    }),
    z.strictObject({
      linkingMode: z.literal("ALL_REGIONS_EXCEPT_SPECIFIED"),
      specifiedRegions: regions,
      ...regional,
    }),
  ]),
  "aws:securityhub/organizationConfiguration:OrganizationConfiguration": z
    .strictObject({
      autoEnable: z.boolean(),
      autoEnableStandards: z.optional(z.enum(["DEFAULT", "NONE"])),
      organizationConfiguration: z.optional(
        z.strictObject({ configurationType: z.enum(["CENTRAL", "LOCAL"]) }),
      ),
      ...regional,
    })
    .check(
      z.refine(
        ({ autoEnable, autoEnableStandards, organizationConfiguration }) =>
          organizationConfiguration?.configurationType !== "CENTRAL" ||
          (!autoEnable && autoEnableStandards === "NONE"),
        {
          path: ["autoEnable"],
          error: "central configuration needs autoEnable false and autoEnableStandards NONE",
        },
      ),
    ),
};
