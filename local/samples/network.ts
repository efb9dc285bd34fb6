/**
 * Builds CloudTrail's events about VPCs and their endpoints, as far as the
 * event reference and EC2's API reference say. Nothing here records calls: a drill emits the event
 * of what it did, at once, where CloudTrail takes minutes.
 */
import { randomUUID } from "node:crypto";
import { type EventBridgeEvent, toSeconds } from "../gateway/wire/event";
import type { Vpc } from "../seeds/networks";
import type { Site } from "../seeds/owner";

/** Builds the event of a new VPC, with the request and the response. */
export function vpcCreated({ account, region, id }: Pick<Vpc, "id"> & Site): EventBridgeEvent {
  const cidrBlock = "10.20.0.0/16";
  return apiCall({ account, region }, "CreateVpc", {
    requestParameters: { cidrBlock, instanceTenancy: "default" },
    responseElements: {
      requestId: randomUUID(),
      vpc: {
        vpcId: id,
        ownerId: account,
        state: "pending",
        cidrBlock,
        cidrBlockAssociationSet: {
          items: [{ cidrBlock, cidrBlockState: { state: "associated" } }],
        },
        ipv6CidrBlockAssociationSet: {},
        dhcpOptionsId: "default",
        instanceTenancy: "default",
        tagSet: {},
        isDefault: false,
      },
    },
  });
}

/** Builds the event of a changed endpoint; no reference promises that it names the VPC. */
export function endpointsChanged(
  site: Site,
  eventName: "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints",
): EventBridgeEvent {
  return apiCall(site, eventName, { requestParameters: null, responseElements: null });
}

function apiCall({ account, region }: Site, eventName: string, fields: object): EventBridgeEvent {
  const time = toSeconds(new Date());
  return {
    source: "aws.ec2",
    "detail-type": "AWS API Call via CloudTrail",
    account,
    region,
    time,
    detail: {
      eventVersion: "1.11",
      userIdentity: {
        type: "AssumedRole",
        principalId: "AROAEXAMPLE:owner",
        arn: `arn:aws:sts::${account}:assumed-role/network-team/owner`,
        accountId: account,
      },
      eventTime: time,
      eventSource: "ec2.amazonaws.com",
      eventName,
      awsRegion: region,
      sourceIPAddress: "192.0.2.10",
      userAgent: "console.ec2.amazonaws.com",
      ...fields,
      requestID: randomUUID(),
      eventID: randomUUID(),
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: "Management",
    },
  };
}
