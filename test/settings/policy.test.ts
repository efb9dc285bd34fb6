import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import YAML from "yaml";
import { policyRevision, readPolicy } from "../../settings/policy";
import { cases } from "../support/cases";
import { settings } from "../support/deployment";

const tiers = { notifyFrom: 4, automaticFrom: 7 };
const valid = {
  notifyFrom: 4,
  askFrom: 5,
  automaticFrom: "7.5",
  playbooks: {
    "contain-instance": { response: "automatic", types: ["CryptoCurrency:*"], others: "ask" },
    "contain-access-key": { response: "ask", automaticFrom: 8 },
  },
  rules: [
    { accounts: ["222233334444", "777788889999"], response: "dry-run" },
    { units: ["ou-ab12-11111111"], playbooks: ["revoke-sessions"], response: "automatic" },
    { units: ["ou-ab12-11111111"], notifyFrom: 1 },
  ],
};
const read = (policy: unknown, core = settings) =>
  readPolicy(() => (typeof policy === "string" ? policy : JSON.stringify(policy)), core, core)
    .policy;

describe("the settings of the policy [C1] [C2] [C4]", () => {
  it("are tiers, the responses of playbooks, and rules about accounts and units", () => {
    expect(read(valid)).to.deep.equal({ ...valid, automaticFrom: 7.5 });
    expect(read({ ...tiers, playbooks: {} })).to.deep.equal({ ...tiers, playbooks: {}, rules: [] });
  });

  it("take two rules about one account where they say different things, or the same", () => {
    const rules = [
      { accounts: ["222233334444"], response: "ask" },
      { accounts: ["222233334444"], notifyFrom: 2 },
      { accounts: ["222233334444", "777788889999"], response: "ask" },
      { accounts: ["222233334444"], playbooks: ["revoke-sessions"], response: "automatic" },
      { accounts: ["222233334444"], playbooks: ["contain-instance"], response: "dry-run" },
    ];
    expect(read({ ...tiers, playbooks: {}, rules }).rules).to.deep.equal(rules);
  });

  const withPlaybook = (stance: unknown) => ({
    ...tiers,
    playbooks: { "contain-instance": stance },
  });
  const withRules = (...rules: readonly unknown[]) => ({ ...tiers, playbooks: {}, rules });
  const about = { accounts: ["222233334444"] };
  for (const [what, policy, problem] of [
    [
      "nothing",
      "",
      'cordon:policy must be an object with notifyFrom, askFrom, automaticFrom, playbooks, rules, but "" was provided',
    ],
    [
      "a list",
      [],
      "cordon:policy must be an object with notifyFrom, askFrom, automaticFrom, playbooks, rules, but [] was provided",
    ],
    [
      "a member that there is not",
      { ...tiers, playbook: {} },
      'cordon:policy has no "playbook"; did you mean playbooks?',
    ],
    [
      "no playbooks",
      tiers,
      "cordon:policy.playbooks must be an object with contain-instance, contain-access-key, revoke-sessions, contain-sequence, fix-posture, block-address, contain-resource, but nothing was provided",
    ],
    [
      "an unknown playbook",
      { ...tiers, playbooks: { "contain-instances": { response: "ask" } } },
      'cordon:policy.playbooks has no "contain-instances"; did you mean contain-instance?',
    ],
    [
      "an unknown playbook of a rule",
      withRules({ ...about, playbooks: ["revoke-session"], response: "ask" }),
      'cordon:policy.rules[0].playbooks[0] must be a playbook, but "revoke-session" was provided; did you mean revoke-sessions?',
    ],
    [
      "a playbook without a response",
      withPlaybook({ automaticFrom: 8 }),
      "cordon:policy.playbooks.contain-instance.response must be one of automatic, ask, dry-run, but nothing was provided",
    ],
    [
      "an unknown response",
      withPlaybook({ response: "auto" }),
      'cordon:policy.playbooks.contain-instance.response must be one of automatic, ask, dry-run, but "auto" was provided',
    ],
    [
      "an unknown tier",
      withPlaybook({ response: "ask", automaticAt: 7 }),
      'cordon:policy.playbooks.contain-instance has no "automaticAt"; did you mean automaticFrom?',
    ],
    [
      "no tier at the top",
      { notifyFrom: 4, playbooks: {} },
      "cordon:policy.automaticFrom must be a severity from 0 to 10 with at most one decimal, but nothing was provided",
    ],
    [
      "a tier in words",
      { ...tiers, notifyFrom: "medium", playbooks: {} },
      'cordon:policy.notifyFrom must be a severity from 0 to 10 with at most one decimal, but "medium" was provided',
    ],
    [
      "a severity that there is not",
      withRules({ ...about, automaticFrom: 10.5 }),
      "cordon:policy.rules[0].automaticFrom must be a severity from 0 to 10 with at most one decimal, but 10.5 was provided",
    ],
    [
      "tiers that are automatic below notifying",
      { notifyFrom: 7, automaticFrom: 5, playbooks: {} },
      "cordon:policy must have notifyFrom, askFrom and automaticFrom in rising order, but with those of cordon:policy they are 7, 5 and 5",
    ],
    [
      "a rule that is automatic below the policy's notifying",
      withRules({ ...about, automaticFrom: 3.5 }),
      "cordon:policy.rules[0] must have notifyFrom, askFrom and automaticFrom in rising order, but with those of cordon:policy they are 4, 3.5 and 3.5",
    ],
    [
      "a playbook that asks above what is automatic",
      withPlaybook({ response: "automatic", askFrom: 8 }),
      "cordon:policy.playbooks.contain-instance must have notifyFrom, askFrom and automaticFrom in rising order, but with those of cordon:policy they are 4, 8 and 7",
    ],
    [
      "types of what is not automatic",
      withPlaybook({ response: "ask", types: ["CryptoCurrency:*"] }),
      'cordon:policy.playbooks.contain-instance.response must be automatic beside types, which are automatic first, but "ask" was provided',
    ],
    [
      "others without types",
      withPlaybook({ response: "automatic", others: "ask" }),
      "cordon:policy.playbooks.contain-instance.types must be a list beside others, which is about all other types, but nothing was provided",
    ],
    [
      "others that are automatic",
      withPlaybook({ response: "automatic", types: ["Backdoor:*"], others: "automatic" }),
      'cordon:policy.playbooks.contain-instance.others must be one of ask, dry-run, but "automatic" was provided',
    ],
    [
      "no types",
      withPlaybook({ response: "automatic", types: [] }),
      "cordon:policy.playbooks.contain-instance.types must be a list of at least one, but [] was provided",
    ],
    [
      "a misspelt type",
      withPlaybook({ response: "automatic", types: ["CryptoCurency:EC2/BitcoinTool.B"] }),
      'cordon:policy.playbooks.contain-instance.types[0] must be a finding type of contain-instance, but "CryptoCurency:EC2/BitcoinTool.B" was provided; did you mean CryptoCurrency:EC2/?',
    ],
    [
      "a type of another playbook",
      withPlaybook({ response: "automatic", types: ["Recon:IAMUser/*"] }),
      'cordon:policy.playbooks.contain-instance.types[0] must be a finding type of contain-instance, but "Recon:IAMUser/*" was provided; did you mean Recon:EC2/?',
    ],
    [
      "a malformed type",
      withPlaybook({ response: "automatic", types: ["*"] }),
      'cordon:policy.playbooks.contain-instance.types[0] must be a finding type, or its beginning and *, but "*" was provided',
    ],
    [
      "rules that are no list",
      { ...tiers, playbooks: {}, rules: {} },
      "cordon:policy.rules must be a list, but {} was provided",
    ],
    [
      "a rule about nowhere",
      withRules({ response: "dry-run" }),
      'cordon:policy.rules[0] must be about accounts or units, or else an entry of playbooks, but {"response":"dry-run"} was provided',
    ],
    [
      "a rule that says nothing",
      withRules({ ...about, playbooks: ["contain-instance"] }),
      'cordon:policy.rules[0] must be an object with response, notifyFrom, askFrom, automaticFrom or several of them, but {"accounts":["222233334444"],"playbooks":["contain-instance"]} was provided',
    ],
    [
      "a rule that is automatic for playbooks to come",
      withRules({ ...about, response: "automatic" }),
      "cordon:policy.rules[0].playbooks must be a list where the response is automatic, because a new playbook begins in dry run, but nothing was provided",
    ],
    [
      "a rule for no playbook",
      withRules({ ...about, playbooks: [], response: "automatic" }),
      "cordon:policy.rules[0].playbooks must be a list of at least one, but [] was provided",
    ],
    [
      "a malformed account",
      withRules({ accounts: ["22223333444"], response: "ask" }),
      'cordon:policy.rules[0].accounts[0] must be a 12-digit account id, but "22223333444" was provided',
    ],
    [
      "an account that YAML reads as a number",
      withRules({ accounts: [222233334444], response: "ask" }),
      "cordon:policy.rules[0].accounts[0] must be a 12-digit account id, but 222233334444 was provided",
    ],
    [
      "the root as a unit",
      withRules({ units: ["r-ab12"], response: "ask" }),
      'cordon:policy.rules[0].units[0] must be the id of an organizational unit, ou-…-…, but "r-ab12" was provided',
    ],
    [
      "an account twice with different answers",
      withRules(
        { accounts: ["777788889999", "222233334444"], response: "dry-run" },
        { units: ["ou-ab12-11111111"], response: "ask" },
        { accounts: ["222233334444"], response: "ask" },
      ),
      'cordon:policy.rules[2] must not contradict cordon:policy.rules[0], but of account 222233334444 one says response "ask" and the other "dry-run"',
    ],
    [
      "a unit twice with different types",
      withRules(
        {
          units: ["ou-ab12-11111111"],
          playbooks: ["contain-instance", "revoke-sessions"],
          response: "automatic",
        },
        {
          units: ["ou-ab12-11111111"],
          playbooks: ["contain-instance"],
          response: "automatic",
          types: ["Backdoor:*"],
        },
      ),
      'cordon:policy.rules[1] must not contradict cordon:policy.rules[0], but of unit ou-ab12-11111111 one says types ["Backdoor:*"] and the other nothing',
    ],
    [
      "an account twice with different tiers",
      withRules({ ...about, notifyFrom: 2 }, { ...about, automaticFrom: 8 }),
      "cordon:policy.rules[1] must not contradict cordon:policy.rules[0], but of account 222233334444 one says notifyFrom nothing and the other 2",
    ],
  ] as const) {
    it(`refuse ${what}`, () => {
      let message = "";
      try {
        read(policy);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).to.equal(problem);
    });
  }

  it("refuse a policy that is too long for a function's environment, and say by how much", () => {
    const accounts = Array.from({ length: 200 }, (_, index) => `${100_000_000_000 + index}`);
    const core = { ...settings, forwarders: ["tag:Role=proxy"] };
    // The regions and the external id take 38 of the 2,600, the forwarder 17. The policy is 96 beside
    // the accounts, which take 15 each, and the last 14.
    expect(() => read(withRules({ accounts, response: "dry-run" }), core)).to.throw(
      Error,
      "cordon:policy must take at most 2545 characters as JSON, beside the lists that share the functions' environment with it, but it takes 3512, 967 too many: use fewer rules, or units in place of accounts",
    );
  });

  it("take every finding type of AWS's list that a playbook answers", () => {
    const types = cases<{ readonly type: string }>("guardduty-types")
      .map(({ type }) => type)
      .filter((type) => /^(Backdoor|CryptoCurrency|Impact|Recon|Trojan):EC2\//.test(type));
    expect(types).to.include("Backdoor:EC2/C&CActivity.B!DNS");
    const policy = withPlaybook({ response: "automatic", types });
    expect(read(policy).playbooks["contain-instance"]?.types).to.deep.equal(types);
  });

  it("are in every example of docs/policy.md as they may be", () => {
    const page = readFileSync(join(__dirname, "../../docs/policy.md"), "utf8");
    const examples = [...page.matchAll(/^( *)```yaml\n([\s\S]*?)```/gm)];
    expect(examples).to.have.lengthOf(3);
    for (const [, , example = ""] of examples) {
      const { config } = YAML.parse(example);
      expect(config["cordon:mode"]).to.equal("enforce");
      expect(read(config["cordon:policy"]).notifyFrom).to.equal(4);
    }
  });

  it("give runs of a workflow another name where they say another thing of its playbook", () => {
    const revision = (policy: object, mode: "dry-run" | "enforce" = "enforce") =>
      policyRevision(mode, read({ ...tiers, playbooks: {}, ...policy }), "contain-access-key");
    const first = revision({});
    expect(first).to.match(/^[0-9a-f]{8}$/);
    const others = { playbooks: { "contain-instance": { response: "ask" } } };
    expect(revision(others)).to.equal(first);
    const apart = [
      revision({}, "dry-run"),
      revision({ notifyFrom: 5 }),
      revision({ playbooks: { "contain-access-key": { response: "ask" } } }),
      revision({ rules: [{ accounts: ["222233334444"], response: "ask" }] }),
    ];
    expect(new Set([first, ...apart]).size).to.equal(5);
  });
});
