/**
 * How far an account and region blocks that EBS snapshots are shared with everybody: "block-all-sharing",
 * "block-new-sharing" or "unblocked".
 */
import {
  DisableSnapshotBlockPublicAccessCommand,
  EC2Client,
  EnableSnapshotBlockPublicAccessCommand,
  GetSnapshotBlockPublicAccessStateCommand,
  type SnapshotBlockPublicAccessState,
} from "@aws-sdk/client-ec2";
import { memberConfig } from "../client";
import type { OpenSetting } from "./setting";

export const open: OpenSetting = (region, credentials) => {
  const client = new EC2Client(memberConfig(region, credentials));
  return {
    async read() {
      const found = await client.send(new GetSnapshotBlockPublicAccessStateCommand({}));
      return {
        value: found.State ?? "unblocked",
        tags: {},
        // A declarative policy of the organization sets it, and EC2 refuses everybody else.
        ...(found.ManagedBy === "declarative-policy" && {
          left: "A declarative policy of the organization sets it: have it changed there",
        }),
      };
    },
    async write(_account, value) {
      const State = value as SnapshotBlockPublicAccessState;
      await (State === "unblocked"
        ? client.send(new DisableSnapshotBlockPublicAccessCommand({}))
        : client.send(new EnableSnapshotBlockPublicAccessCommand({ State })));
    },
  };
};
