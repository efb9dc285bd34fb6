/** Resource table: what only the preflight reads, of AWS Config, CloudTrail and EventBridge. */
import { fromArn, toArn } from "../wire/arn";
import { ApiError, text, UnknownOperationError } from "../wire/protocol";
import { unscoped } from "./compute";
import type { Operation } from "./operation";

/** The account's own recorder, which it need not name: the console calls it "default". */
function recorder(action: string): Operation {
  return ({ account, region, parameters }) => {
    if (Object.keys(parameters).length > 0) {
      throw new UnknownOperationError(`config:${action} of a named recorder`);
    }
    const resource = toArn("config", region, account, "configuration-recorder/default/*");
    return [{ action: `config:${action}`, resource, account }];
  };
}

/** A trail, named by its ARN: a shadow trail has no other name. */
function trail(action: string, parameter: string): Operation {
  return ({ account, parameters }) => {
    const resource = text(parameters[parameter]) ?? "";
    if (!resource.startsWith("arn:")) {
      throw new UnknownOperationError(`cloudtrail:${action} of a trail without its ARN`);
    }
    if (fromArn(resource).account !== account) {
      throw new ApiError(
        "CloudTrailARNInvalidException",
        `AccountID in ARN is wrong, you can only access resources with AccountID ${account}.`,
      );
    }
    return [{ action: `cloudtrail:${action}`, resource, account }];
  };
}

export const preflightOperations: Readonly<Record<string, Operation>> = {
  "cloudtrail:DescribeTrails": unscoped("cloudtrail:DescribeTrails"),
  "cloudtrail:GetTrailStatus": trail("GetTrailStatus", "Name"),
  "cloudtrail:GetEventSelectors": trail("GetEventSelectors", "TrailName"),
  "config:DescribeConfigurationRecorders": recorder("DescribeConfigurationRecorders"),
  "config:DescribeConfigurationRecorderStatus": recorder("DescribeConfigurationRecorderStatus"),
  "events:ListRules": unscoped("events:ListRules"),
};
