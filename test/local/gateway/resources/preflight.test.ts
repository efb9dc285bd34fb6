import { CloudTrailClient, GetTrailStatusCommand } from "@aws-sdk/client-cloudtrail";
import {
  ConfigServiceClient,
  DescribeConfigurationRecordersCommand,
} from "@aws-sdk/client-config-service";
import { expect } from "chai";
import { makeTrail } from "../../../support/check/seeded";
import {
  allow,
  data,
  errorOf,
  makeRole,
  policy,
  shop,
  trustLambda,
  type World,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The reads of the preflight", () => {
  const world = useWorld();
  let reader: ReturnType<World["as"]>;
  before(async () => {
    await makeTrail(world, data);
    const arn = await makeRole(
      world,
      shop,
      "reader",
      trustLambda,
      policy(allow(["cloudtrail:*", "config:*"], "*")),
    );
    reader = world.as(
      await world.callers.serviceSession("lambda.amazonaws.com", arn, "reader", "workload"),
    );
  });

  it("are answered about a trail in its own account alone, as CloudTrail does", async () => {
    const trail = `arn:aws:cloudtrail:us-east-1:${data}:trail/everything`;
    const error = await errorOf(
      new CloudTrailClient(reader).send(new GetTrailStatusCommand({ Name: trail })),
    );
    expect(error.name).to.equal("CloudTrailARNInvalidException");
    expect(error.message).to.equal(
      "AccountID in ARN is wrong, you can only access resources with AccountID 222233334444.",
    );
  });

  it("are refused by name where they are not the preflight's: a trail's name, a recorder's", async () => {
    const byName = await errorOf(
      new CloudTrailClient(reader).send(new GetTrailStatusCommand({ Name: "everything" })),
    );
    expect(byName.message).to.include("cloudtrail:GetTrailStatus of a trail without its ARN");
    const recorder = await errorOf(
      new ConfigServiceClient(reader).send(
        new DescribeConfigurationRecordersCommand({ ConfigurationRecorderNames: ["default"] }),
      ),
    );
    expect(recorder.message).to.include(
      "config:DescribeConfigurationRecorders of a named recorder",
    );
  });
});
