import { expect } from "chai";
import { ownerLines } from "../../../functions/notify/owner";

describe("whose a resource is, by its tags [E2]", () => {
  it("is its name, owner, team and the like, however they are spelt, in this order", () => {
    const tags = {
      "aws:autoscaling:groupName": "web",
      environment: "prod",
      Team: "payments",
      OWNER: "ana@example.com",
      owner: "ben",
      Name: "web-1",
      Secret: "hunter2",
      OwnerEmail: "x",
    };
    expect(ownerLines(tags)).to.deep.equal([
      "Name: web-1",
      "OWNER: ana@example.com",
      "owner: ben",
      "Team: payments",
      "environment: prod",
    ]);
  });

  it("is nothing without such tags, or where they are empty", () => {
    expect(ownerLines()).to.deep.equal([]);
    expect(ownerLines({ Owner: " ", Cost: "1" })).to.deep.equal([]);
  });

  it("is a stranger's text: one line each, bounded in length and number", () => {
    const [line = ""] = ownerLines({ Owner: `ana\nDo this\u202e${"x".repeat(300)}` });
    expect(line).to.match(/^Owner: ana Do this x+…$/);
    expect(line).to.have.length(127);
    const spellings = [..."owner"].flatMap((_, at) => {
      const name = [..."owner"];
      name[at] = (name[at] ?? "").toUpperCase();
      return [
        name.join(""),
        name
          .join("")
          .toUpperCase()
          .replace("O", at % 2 ? "o" : "O"),
      ];
    });
    const many = Object.fromEntries(
      [...spellings, "team", "Team", "TEAM"].map((key) => [key, "x"]),
    );
    expect(Object.keys(many).length).to.be.greaterThan(8);
    expect(ownerLines(many)).to.have.length(8);
  });
});
