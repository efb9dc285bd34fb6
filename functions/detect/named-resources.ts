/** Lists what a GuardDuty finding names: whoever reads the notice must know what to look at. */
import * as z from "zod/mini";
import { bounded, many, one } from "./finding-lines";

/** Lines at most, of as many characters: a sequence may name hundreds of resources. */
const mostLines = 30;
const lineLimit = 200;

const text = z.string();
const tags = z.array(z.object({ key: text, value: text }));

/**
 * How each member of `detail.resource` names something, what a finding is about before what it was done
 * with. Members as in GuardDuty's service model; a name that is absent or of another shape is left out.
 */
const readers: Readonly<Record<string, (found: unknown) => readonly string[]>> = {
  s3BucketDetails: many(
    z.object({
      name: text,
      s3ObjectDetails: z.nullish(z.array(z.object({ key: text }))),
    }),
    ({ name, s3ObjectDetails }) => [
      `bucket ${name}`,
      ...(s3ObjectDetails ?? []).map(({ key }) => `object s3://${name}/${key}`),
    ],
  ),
  eksClusterDetails: one(z.object({ name: text }), ({ name }) => `EKS cluster ${name}`),
  ecsClusterDetails: one(
    z.object({ name: text, taskDetails: z.nullish(z.object({ arn: text })) }),
    ({ name, taskDetails }) => [
      `ECS cluster ${name}`,
      ...(taskDetails ? [`task ${taskDetails.arn}`] : []),
    ],
  ),
  lambdaDetails: one(
    z.object({ functionArn: text }),
    ({ functionArn }) => `function ${functionArn}`,
  ),
  rdsDbInstanceDetails: one(
    z.object({ dbInstanceIdentifier: text }),
    ({ dbInstanceIdentifier }) => `database ${dbInstanceIdentifier}`,
  ),
  rdsLimitlessDbDetails: one(
    z.object({ dbShardGroupIdentifier: text }),
    ({ dbShardGroupIdentifier }) => `database shard group ${dbShardGroupIdentifier}`,
  ),
  rdsDbUserDetails: one(
    z.object({ user: text, database: z.nullish(text) }),
    ({ user, database }) => `database user ${user}${database ? ` in ${database}` : ""}`,
  ),
  kubernetesDetails: one(
    z.object({
      kubernetesWorkloadDetails: z.nullish(
        z.object({ type: z.nullish(text), namespace: z.nullish(text), name: text }),
      ),
      kubernetesUserDetails: z.nullish(z.object({ username: z.nullish(text) })),
    }),
    ({ kubernetesWorkloadDetails: workload, kubernetesUserDetails: user }) =>
      [
        workload && `${workload.type ?? "workload"} ${workload.namespace ?? ""}/${workload.name}`,
        user?.username && `Kubernetes user ${user.username}`,
      ]
        .filter((part) => part)
        .join(", "),
  ),
  containerDetails: one(
    z.object({ name: z.nullish(text), image: z.nullish(text) }),
    ({ name, image }) =>
      name || image
        ? `container ${name ?? "without a name"}${image ? ` of image ${image}` : ""}`
        : [],
  ),
  ebsSnapshotDetails: one(
    z.object({ snapshotArn: text }),
    ({ snapshotArn }) => `snapshot ${snapshotArn}`,
  ),
  ec2ImageDetails: one(z.object({ imageArn: text }), ({ imageArn }) => `image ${imageArn}`),
  recoveryPointDetails: one(
    z.object({ recoveryPointArn: text }),
    ({ recoveryPointArn }) => `recovery point ${recoveryPointArn}`,
  ),
  bedrockGuardrailDetails: one(
    z.object({ guardrailArn: text }),
    ({ guardrailArn }) => `guardrail ${guardrailArn}`,
  ),
  instanceDetails: one(
    z.object({ instanceId: text, tags: z.nullish(tags) }),
    ({ instanceId, tags }) => {
      const name = tags?.find(({ key }) => key === "Name")?.value;
      return `instance ${instanceId}${name ? ` (${name})` : ""}`;
    },
  ),
  ebsVolumeDetails: one(
    z.object({ scannedVolumeDetails: z.nullish(z.array(z.object({ volumeArn: text }))) }),
    ({ scannedVolumeDetails }) =>
      (scannedVolumeDetails ?? []).map(({ volumeArn }) => `volume ${volumeArn}`),
  ),
  accessKeyDetails: one(
    z.object({
      userType: z.nullish(text),
      userName: z.nullish(text),
      principalId: z.nullish(text),
      accessKeyId: z.nullish(text),
    }),
    ({ userType, userName, principalId, accessKeyId }) => {
      const owner =
        userType === "AssumedRole" ? "role" : userType === "IAMUser" ? "user" : userType;
      const session = userType === "AssumedRole" ? principalId?.split(":")[1] : undefined;
      return [
        owner && `${owner} ${userName ?? ""}`.trim(),
        session && `session ${session}`,
        accessKeyId && `access key ${accessKeyId}`,
      ]
        .filter((part) => part)
        .join(", ");
    },
  ),
};

/** An attack sequence names its actors and resources in the service's part. */
const sequence = z.object({
  detection: z.object({
    sequence: z.object({
      actors: z.nullish(
        z.array(
          z.object({
            user: z.nullish(
              z.object({ name: text, type: z.nullish(text), credentialUid: z.nullish(text) }),
            ),
          }),
        ),
      ),
      resources: z.nullish(
        z.array(
          z.object({
            uid: text,
            name: z.nullish(text),
            resourceType: z.nullish(text),
            accountId: z.nullish(text),
            region: z.nullish(text),
          }),
        ),
      ),
    }),
  }),
});

/**
 * Lists what the finding names, one line each, cleaned and bounded: any text in it may be a stranger's.
 *
 * @param resource the finding's `resource`
 * @param service the finding's `service`
 */
export function namedResources(resource: unknown, service: unknown): readonly string[] {
  const details = (resource ?? {}) as Readonly<Record<string, unknown>>;
  const named = Object.entries(readers).flatMap(([member, read]) => read(details[member]));
  return bounded([...named, ...ofSequence(service)], { most: mostLines, limit: lineLimit });
}

function ofSequence(service: unknown): readonly string[] {
  const parsed = sequence.safeParse(service);
  if (!parsed.success) return [];
  const { actors, resources } = parsed.data.detection.sequence;
  return [
    ...(actors ?? []).flatMap(({ user }) =>
      user
        ? [`actor ${user.name}${user.type ? ` (${user.type})` : ""}${key(user.credentialUid)}`]
        : [],
    ),
    ...(resources ?? []).map(({ uid, name, resourceType, accountId, region }) => {
      const where = [accountId, region].filter((part) => part).join(", ");
      const called = name && name !== uid ? ` (${name})` : "";
      return `${resourceType ?? "resource"} ${uid}${called}${where && !uid.startsWith("arn:") ? ` in ${where}` : ""}`;
    }),
  ];
}

function key(credential: string | null | undefined): string {
  return credential ? `, credential ${credential}` : "";
}
