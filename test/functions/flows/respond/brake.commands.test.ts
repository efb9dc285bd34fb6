import { expect } from "chai";
import * as builders from "../../../support/builders";
import { hostileNames, run } from "../../../support/hostile";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const second = "i-0c3d4e5f607182930";

/** Trips the brake of an Auto Scaling group of this name, and gives what follows in its alert. */
async function resetCommand(name: string): Promise<string> {
  const state = builders.standardAccount();
  state.instances[second] = structuredClone(state.instances[builders.instanceId]!);
  state.interfaces["eni-03"] = { ...state.interfaces["eni-01"]!, instance: second };
  const instances = [builders.instanceId, second];
  state.scalingGroups = { [name]: { instances, detaching: [], desired: 2, max: 4 } };
  state.targetGroups = {};
  const world = new SimulatedWorld(state);
  answered(await world.answer(builders.incident()));
  answered(
    await world.answer({
      ...builders.incident(),
      key: "0000000000000001",
      resource: { kind: "instance", id: second },
    }),
  );
  const alert = world.notices.find(({ subject }) => subject.includes("Brake tripped"));
  const [, command = ""] = /go on: (.*)\. New findings/.exec(alert?.text ?? "") ?? [];
  return command;
}

describe("the command in the alert of a tripped brake [C7]", () => {
  it("resets a group of any name, and does nothing that the name says", async () => {
    // EC2 Auto Scaling takes ASCII 33 to 126 but colons (EC2 Auto Scaling API Reference, CreateAutoScalingGroup).
    const names = ["web", ...hostileNames.filter((name) => !/[ :]/.test(name))];
    const commands: string[] = [];
    for (const name of names) commands.push(await resetCommand(name));
    const { words, canary } = run(commands);
    expect(canary).to.equal(false);
    expect(words).to.deep.equal(
      names.map((name) => [
        [
          ...["npx", "cordon", "brake", "reset"],
          `group/222233334444/eu-central-1/${name}`,
          ...["--reason", "WHY"],
        ],
      ]),
    );
  });
});
