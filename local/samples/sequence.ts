/** Builds attack sequences as GuardDuty reports them: members as in its service model, shape Sequence. */
import { randomBytes } from "node:crypto";
import type { EventBridgeEvent } from "../gateway/wire/event";
import { detector, envelope, findingArn } from "./guardduty";

interface Actor {
  readonly name: string;
  readonly type: "IAMUser" | "AssumedRole" | "Root";
  /** AIDA… of a user, AROA…:SESSION of a session. */
  readonly principalId: string;
  readonly accessKeyId: string;
  /** ARN of the role whose session it is. */
  readonly issuer?: string;
}

export interface SequenceShape {
  readonly account: string;
  readonly region: string;
  /** @default "AttackSequence:EC2/CompromisedInstanceGroup" */
  readonly type?: string;
  readonly actors: readonly Actor[];
  /** Ids. */
  readonly instances: readonly string[];
  /** Names. */
  readonly buckets?: readonly string[];
  /** Of an update, the id of the finding that it updates. */
  readonly id?: string;
  readonly lastSeen?: Date;
}

/** Writes a sequence of which each actor took part in one signal about every resource. */
export function sequenceFinding(shape: SequenceShape): EventBridgeEvent {
  const { account, region, actors, instances, buckets = [], lastSeen = new Date() } = shape;
  const { id = randomBytes(16).toString("hex") } = shape;
  const at = lastSeen.toISOString();
  const resources = [
    ...instances.map((instance) => ({
      uid: `arn:aws:ec2:${region}:${account}:instance/${instance}`,
      name: instance,
      resourceType: "EC2_INSTANCE",
      service: "ec2",
      data: { ec2Instance: { instanceState: "running", instanceType: "t3.large" } },
    })),
    ...buckets.map((bucket) => ({
      uid: `arn:aws:s3:::${bucket}`,
      name: bucket,
      resourceType: "S3_BUCKET",
      service: "s3",
      data: { s3Bucket: { ownerId: account } },
    })),
    ...actors.map(({ name, type, principalId, accessKeyId }) => ({
      uid: accessKeyId,
      name: accessKeyId,
      resourceType: "ACCESS_KEY",
      service: "iam",
      data: { accessKey: { principalId, userName: name, userType: type } },
    })),
  ].map((resource) => ({ ...resource, accountId: account, region, cloudPartition: "aws" }));
  const actorOf = ({ name, type, principalId, accessKeyId, issuer }: Actor) => ({
    id: `user:${type}:${principalId}`,
    user: {
      name,
      uid: principalId,
      type,
      credentialUid: accessKeyId,
      account: { uid: account, name: "" },
    },
    session: { mfaStatus: "DISABLED", createdTime: at, ...(issuer && { issuer }) },
  });
  return envelope(region, {
    schemaVersion: "2.0",
    accountId: account,
    region,
    partition: "aws",
    id,
    arn: findingArn(region, id),
    type: shape.type ?? "AttackSequence:EC2/CompromisedInstanceGroup",
    severity: 9,
    title: "Potential compromise of several resources, indicated by a sequence of actions.",
    description: "A sequence of actions involving several signals was observed.",
    createdAt: at,
    updatedAt: at,
    associatedAttackSequenceArn: findingArn(region, id),
    resource: { resourceType: "AttackSequence" },
    service: {
      serviceName: "guardduty",
      detectorId: detector,
      featureName: "Correlation",
      resourceRole: "TARGET",
      archived: false,
      count: 1,
      eventFirstSeen: at,
      eventLastSeen: at,
      detection: {
        sequence: {
          uid: id,
          description: "Actions on several resources.",
          actors: actors.map(actorOf),
          resources,
          endpoints: [{ id: "e1", ip: "198.51.100.23", connection: { direction: "INBOUND" } }],
          signals: actors.map((actor, index) => ({
            uid: `s${index}`,
            type: "CLOUD_TRAIL",
            name: "ListBuckets",
            createdAt: at,
            updatedAt: at,
            firstSeenAt: at,
            lastSeenAt: at,
            count: 1,
            actorIds: [actorOf(actor).id],
            resourceUids: resources.map(({ uid }) => uid),
            endpointIds: ["e1"],
          })),
          sequenceIndicators: [{ key: "ATTACK_TACTIC", values: ["Discovery"] }],
        },
      },
    },
  });
}
