import { expect } from "chai";
import { command, lookUpEvents } from "../../../functions/model/command";
import { hostileNames, run } from "../../support/hostile";

describe("a command that responders paste", () => {
  it("has a shell pass on every name as it is, and do nothing else", () => {
    const lines = hostileNames.map((name) => command`aws iam get-user --user-name=${name}`);
    const { words, canary } = run(lines);
    expect(words).to.deep.equal(
      hostileNames.map((name) => [["aws", "iam", "get-user", `--user-name=${name}`]]),
    );
    expect(canary).to.equal(false);
  });

  it("passes on a name that is a word of its own, and an empty one", () => {
    const { words, canary } = run([...hostileNames, ""].map((name) => command`npx cordon ${name}`));
    expect(words).to.deep.equal([...hostileNames, ""].map((name) => [["npx", "cordon", name]]));
    expect(canary).to.equal(false);
  });

  it("is judged by a shell that would do what an unquoted name says", () => {
    expect(run(["aws x$(>canary)"])).to.deep.equal({
      words: [[["aws", "x"]]],
      canary: true,
    });
    expect(run(["aws $HOME"]).words).to.deep.equal([[["aws", "/home-of-the-responder"]]]);
  });

  it("has no quotes where none are needed", () => {
    expect(command`aws ecs list-tasks --cluster=${"web-1.prod_a"}`).to.equal(
      "aws ecs list-tasks --cluster=web-1.prod_a",
    );
  });
});

describe("a look-up in CloudTrail's event history", () => {
  it("has the short form, and JSON for a value that this takes apart", () => {
    expect(lookUpEvents("Username", "alice@example.com", "us-east-1")).to.equal(
      "aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=alice@example.com --region=us-east-1",
    );
    expect(lookUpEvents("Username", "a,b=c", "eu-central-1")).to.equal(
      `aws cloudtrail lookup-events --lookup-attributes '[{"AttributeKey":"Username","AttributeValue":"a,b=c"}]' --region=eu-central-1`,
    );
  });
});
