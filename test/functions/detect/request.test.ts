import { expect } from "chai";
import { readTarget } from "../../../functions/detect/request";

describe("the target of a containment by hand", () => {
  for (const [text, kind, id] of [
    ["i-0a1b2c3d4e5f60718", "instance", "i-0a1b2c3d4e5f60718"],
    ["i-0a1b2c3d", "instance", "i-0a1b2c3d"],
    ["user/ci.deploy@example.com", "user", "ci.deploy@example.com"],
    ["session/web/i-0a1b2c3d4e5f60718", "role", "web"],
  ] as const) {
    it(`reads ${text}`, () => {
      const target = readTarget(text);
      if ("problem" in target) return expect.fail(target.problem);
      expect(target.resource).to.include({ kind, id });
    });
  }

  for (const text of [
    "",
    "i-0A1B2C3D",
    "i-0a1b2c3d4e5f6071",
    "user/",
    "user/a b",
    "role/web",
    "session/web",
    "session/web/x",
    "arn:aws:ec2:eu-central-1:222233334444:instance/i-0a1b2c3d",
    "user/ann\nuser/bob",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const target = readTarget(text);
      expect("problem" in target && target.problem).to.match(
        /is nothing that Cordon contains: give an instance as i-0123456789abcdef0/,
      );
    });
  }
});
