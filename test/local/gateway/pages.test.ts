import {
  CreateVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
  paginateDescribeVpcs,
} from "@aws-sdk/client-ec2";
import { EventBridgeClient, ListRulesCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  paginateListUsers,
} from "@aws-sdk/client-iam";
import {
  ListAccountsCommand,
  OrganizationsClient,
  paginateListAccounts,
} from "@aws-sdk/client-organizations";
import { PutParameterCommand, paginateGetParametersByPath, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { management, seedOf, shop } from "../../support/local/gateway";
import { useWorld } from "../../support/world";

describe("Lists of two a page", () => {
  const world = useWorld();
  const names = ["ann", "ben", "cyd", "dan", "eve"];
  let iam: IAMClient;

  before(async () => {
    iam = new IAMClient(world.as(seedOf(world, shop)));
    for (const UserName of names) await iam.send(new CreateUserCommand({ UserName }));
    world.pageSize = 2;
  });

  it("are turned by whoever follows the token: IAM, in XML", async () => {
    const pages: (string | undefined)[][] = [];
    for await (const { Users } of paginateListUsers({ client: iam }, {})) {
      pages.push((Users ?? []).map(({ UserName }) => UserName));
    }
    expect(pages).to.deep.equal([["ann", "ben"], ["cyd", "dan"], ["eve"]]);
    const first = await iam.send(new ListUsersCommand({ MaxItems: 1 }));
    expect(first.Users).to.have.length(1);
    expect(first.IsTruncated).to.equal(true);
  });

  it("are turned by whoever follows the token: Organizations, in JSON, by a stand-in", async () => {
    const client = new OrganizationsClient(world.as(seedOf(world, management)));
    expect((await client.send(new ListAccountsCommand({}))).Accounts).to.have.length(2);
    const found: (string | undefined)[] = [];
    for await (const { Accounts } of paginateListAccounts({ client }, {})) {
      found.push(...(Accounts ?? []).map(({ Id }) => Id));
    }
    expect(found.sort()).to.deep.equal([
      "111122223333",
      "123456789012",
      "222233334444",
      "333344445555",
    ]);
  });

  it("are whole in EC2, unless a client asks for pages", async () => {
    const client = new EC2Client(world.as(seedOf(world, shop)));
    for (const CidrBlock of ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"]) {
      await client.send(new CreateVpcCommand({ CidrBlock }));
    }
    const whole = await client.send(new DescribeVpcsCommand({}));
    // The default one, too.
    expect(whole.Vpcs).to.have.length(4);
    const sizes: number[] = [];
    for await (const { Vpcs } of paginateDescribeVpcs({ client, pageSize: 5 }, {})) {
      sizes.push(Vpcs?.length ?? 0);
    }
    expect(sizes).to.deep.equal([2, 2]);
  });

  it("keep the other parameters of the call", async () => {
    const client = new EventBridgeClient(world.as(seedOf(world, shop)));
    for (const Name of ["a-1", "a-2", "a-3", "b-1"]) {
      await client.send(new PutRuleCommand({ Name, ScheduleExpression: "rate(1 day)" }));
    }
    const first = await client.send(new ListRulesCommand({ NamePrefix: "a-" }));
    expect(first.Rules?.map(({ Name }) => Name)).to.deep.equal(["a-1", "a-2"]);
    const { NextToken } = first;
    const second = await client.send(new ListRulesCommand({ NamePrefix: "a-", NextToken }));
    expect(second.Rules?.map(({ Name }) => Name)).to.deep.equal(["a-3"]);
    expect(second.NextToken).to.equal(undefined);
  });

  it("go on where the emulator ends a page of its own, as of Systems Manager's ten", async () => {
    const client = new SSMClient(world.as(seedOf(world, shop)));
    const names = Array.from({ length: 13 }, (_, index) => `/pages/${10 + index}`);
    for (const Name of names) {
      await client.send(new PutParameterCommand({ Name, Value: "x", Type: "String" }));
    }
    const found: (string | undefined)[] = [];
    for await (const { Parameters } of paginateGetParametersByPath(
      { client },
      { Path: "/pages" },
    )) {
      expect(Parameters?.length).to.be.at.most(2);
      found.push(...(Parameters ?? []).map(({ Name }) => Name));
    }
    expect(found.sort()).to.deep.equal(names);
  });
});
