import { expect } from "chai";
import { detectGuardDuty } from "../../../../functions/detect/guardduty";
import { handOn } from "../../../../functions/flows/respond/block";
import type { AddressTask } from "../../../../functions/flows/respond/tasks";
import { taskOf } from "../../../../functions/flows/respond/tasks";
import { fixture } from "../../../support/cases";
import { type Json, spoiled } from "../../../support/events";

const connection = ["detail", "service", "action", "networkConnectionAction"];

async function handedOn(direction: "INBOUND" | "OUTBOUND"): Promise<readonly AddressTask[]> {
  const changes: readonly (readonly [readonly string[], unknown])[] = [
    [["detail", "type"], "UnauthorizedAccess:EC2/SSHBruteForce"],
    [[...connection, "connectionDirection"], direction],
    [[...connection, "remoteIpDetails", "ipAddressV4"], "11.0.0.7"],
  ];
  const event = changes.reduce<Json>(
    (each, [path, value]) => spoiled(each, path, value),
    fixture("guardduty-instance"),
  );
  const detected = detectGuardDuty(event, String(event.account));
  if (detected.kind !== "incident") throw new Error(detected.kind);
  const sent: AddressTask[] = [];
  await handOn(detected.incident, event, async (task) => void sent.push(task));
  return sent;
}

describe("functions/flows/respond/block [R10]", () => {
  it("hands on what an outsider began, as a task with the event as it came", async () => {
    const [task, ...others] = await handedOn("INBOUND");
    expect(others).to.deep.equal([]);
    expect([task?.task, task?.address]).to.deep.equal(["block-address", "11.0.0.7"]);
    expect(taskOf(JSON.parse(JSON.stringify(task)))).to.deep.equal(task);
  });

  it("hands nothing on that the instance began", async () => {
    expect(await handedOn("OUTBOUND")).to.deep.equal([]);
  });
});
