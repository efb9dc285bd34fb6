import { blockingSetOf } from "../../model/internet-address";
import type { Playbook } from "../playbook";
import { step } from "../steps";

/** Blocks an address for some hours, in web applications of the account and region where it attacked. */
export const blockAddress: Playbook<"block-address"> = (
  { place, resource },
  _facts,
  _incidentId,
  now,
  { blocking },
) => {
  if (blocking === undefined) throw new Error("A plan to block without hours is a defect");
  const { id: address, attacked } = resource;
  const until = new Date(now.getTime() + blocking.hours * 3_600_000).toISOString();
  return {
    stages: [
      {
        name: "block",
        onFailure: "stop",
        steps: [step("block-address", { address, region: place.region, until })],
      },
    ],
    residual: [
      `Only web ACLs that refer to IP set ${blockingSetOf(address)} block it: AWS WAF is before load balancers, API gateways and the like, and not before instances${attacked === undefined ? "" : ` such as ${attacked}`}.`,
      "Everybody behind the same address is blocked with it, and an attacker changes addresses.",
    ],
    nextSteps: [
      "If others are hit, release the incident. Have addresses that matter put into neverBlock of cordon:blockAddresses.",
      ...(attacked === undefined
        ? []
        : [
            `Close the port of ${attacked} that it reached: the address is one of many that try, and its security group decides who may.`,
          ]),
    ],
  };
};
