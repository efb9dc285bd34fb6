import { EC2Client, ModifyNetworkInterfaceAttributeCommand } from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import {
  type Exchange,
  exchangeOf,
  identified,
  readRecording,
} from "../../../../local/drill/bench/recording";
import { Replay } from "../../../../local/drill/bench/replay";
import { dependencies } from "../../../../local/drill/bench/responses";
import { sdkCallOf } from "../../../../local/drill/bench/sdk-call";
import { clientConfig } from "../../../../local/gateway/client";
import type { RecordedCall } from "../../../../local/gateway/record";
import { readCall } from "../../../../local/gateway/wire/protocol";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const authorization = (service: string, region = "us-east-1", accessKeyId = "AKIAEXAMPLE") =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261129/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
const sent = (body: string, headers: Record<string, string> = {}) => ({
  method: "POST",
  target: "/",
  headers: {
    authorization: authorization("ec2"),
    "content-type": "application/x-www-form-urlencoded",
    ...headers,
  },
  body,
});
const keyOf = (request: Parameters<typeof identified>[0]) => identified(request).key;
// In the shape of the requests that the AWS SDK for JavaScript sends.
const put = (runner: string, until: number, at: string, revision: string) =>
  sent(
    JSON.stringify({
      Item: { runner: { S: runner }, leaseUntil: { N: String(until) }, at: { S: at }, revision },
    }),
    {
      authorization: authorization("dynamodb"),
      "x-amz-target": "DynamoDB_20120810.PutItem",
      "content-type": "application/x-amz-json-1.0",
    },
  );

describe("The key of a request in a recording", () => {
  it("leaves out tokens, times and digests", () => {
    expect(
      keyOf(
        put(
          "0b8f4c52-7a31-4f7e-9a35-6c1a2f3d4e01",
          1795942931000,
          "2026-11-29T11:02:11.000Z",
          "8312dbd8",
        ),
      ),
    ).to.equal(
      keyOf(
        put(
          "5d2f8a10-93c4-4b61-8f0e-2a7b9c3d4e51",
          1795942999123,
          "2026-11-29T12:00:00.123Z",
          "e3b0c442",
        ),
      ),
    );
    expect(keyOf(sent("Until=2026-11-29T11%3A02%3A11.000Z"))).to.equal(
      keyOf(sent("Until=2026-11-29T12%3A00%3A00Z")),
    );
    expect(
      keyOf(sent("A=1", { authorization: authorization("ec2", "us-east-1", "ASIA1") })),
    ).to.equal(keyOf(sent("A=1", { authorization: authorization("ec2", "us-east-1", "ASIA2") })));
  });

  it("tells apart services, regions, operations, paths and what is asked for", () => {
    const keys = [
      sent("Action=DescribeVpcs"),
      sent("Action=DescribeSubnets"),
      sent("Action=DescribeVpcs&VpcId.1=vpc-0a1b2c3d4e5f60718"),
      sent("Action=DescribeVpcs&VpcId.1=vpc-0a1b2c3d4e5f60719"),
      sent("Action=DescribeVpcs&VpcId.1=vpc-0a1b2c3d"),
      sent("Action=DescribeVpcs&VpcId.1=vpc-0a1b2c3e"),
      sent("Action=DescribeVpcs", { authorization: authorization("iam") }),
      sent("Action=DescribeVpcs", { authorization: authorization("ec2", "eu-west-1") }),
      sent("Action=DescribeVpcs", { "x-amz-target": "Ec2.DescribeVpcs" }),
      { ...sent("Action=DescribeVpcs"), target: "/vpcs" },
    ].map(keyOf);
    expect(new Set(keys).size).to.equal(10);
  });
});

describe("A replay", () => {
  const world = useWorld();
  let replay: Replay;
  let url: string;
  const bare = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "unknown", sessionToken: "t" };
  const assume = (RoleArn: string) =>
    new AssumeRoleCommand({
      RoleArn,
      RoleSessionName: "cordon-test",
      ExternalId: "x",
      DurationSeconds: 900,
      Policy: JSON.stringify(policy(allow(["ec2:DescribeVpcs", "ec2:DescribeSubnets"], "*"))),
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "" },
      ],
    });

  beforeEach(async () => {
    replay = new Replay();
    url = await replay.listen();
  });
  afterEach(() => replay.close());

  /** Has the gateway answer a command, and returns the exchange. */
  async function recorded(command: AssumeRoleCommand) {
    const arn = await makeRole(world, shop, `bench-${made++}`, trustLambda);
    const as = await world.callers.serviceSession("lambda.amazonaws.com", arn, "x", "cordon");
    const exchanges: ReturnType<typeof exchangeOf>[] = [];
    world.onAnswer = (call, entry, answer) => {
      exchanges.push(exchangeOf(call, entry, answer, world.moto.models));
    };
    const error = await errorOf(new STSClient(world.as(as)).send(command));
    world.onAnswer = () => undefined;
    return { exchange: exchanges[0] as (typeof exchanges)[number], error };
  }
  let made = 0;

  it("answers a recorded request as it was answered, as often as it was", async () => {
    const { exchange, error } = await recorded(assume(`arn:aws:iam::${shop}:role/none`));
    replay.begin({ exchanges: [exchange, exchange] }, 0);
    const sts = new STSClient(clientConfig({ url }, bare));
    for (let time = 0; time < 2; time++) {
      const again = await errorOf(sts.send(assume(`arn:aws:iam::${shop}:role/none`)));
      expect([again.name, again.message]).to.deep.equal([error.name, error.message]);
    }
    const third = await errorOf(sts.send(assume(`arn:aws:iam::${shop}:role/none`)));
    expect(third.name).to.equal("CordonLocalUnknownOperation");
    const { replayed, unknown } = replay.end();
    expect(replayed.map((each) => each.exchange)).to.deep.equal([0, 1]);
    expect(unknown).to.have.length(1);
  });

  it("refuses by name a request that was not recorded", async () => {
    const { exchange } = await recorded(assume(`arn:aws:iam::${shop}:role/none`));
    replay.begin({ exchanges: [exchange] }, 0);
    const sts = new STSClient(clientConfig({ url }, bare));
    const error = await errorOf(sts.send(assume(`arn:aws:iam::${shop}:role/other`)));
    expect(error.message).to.contain("a recorded answer to sts:AssumeRole is not available");
    expect(replay.end().replayed).to.deep.equal([]);
    expect(replay.end().unknown[0]).to.match(
      /^sts:AssumeRole at …&RoleArn=arn:aws:iam::222233334444:role\/other&/,
    );
  });

  it("repeats in later answers the times and tokens of this time's requests", async () => {
    const answer = (body: string) => ({ status: 200, headers: {}, body });
    const exchange = (body: string, answered: string) =>
      ({ request: sent(body), answer: answer(answered) }) as Exchange;
    replay.begin(
      {
        exchanges: [
          exchange("Action=CreateTags&Value=2026-11-29T11%3A02%3A11.000Z", "done"),
          exchange(
            "Action=DescribeTags",
            "2026-11-29T11:02:11.000Z 2026-11-29T11%3A02%3A11.000Z i-0a1b2c3d4e5f60718",
          ),
        ],
      },
      0,
    );
    const ask = async (body: string) => (await fetch(url, sent(body))).text();
    await ask("Action=CreateTags&Value=2026-11-30T08%3A00%3A00.123Z");
    expect(await ask("Action=DescribeTags")).to.equal(
      "2026-11-30T08:00:00.123Z 2026-11-30T08%3A00%3A00.123Z i-0a1b2c3d4e5f60718",
    );
  });

  it("gives the floor the very command that was sent", async () => {
    const { exchange } = await recorded(assume(`arn:aws:iam::${shop}:role/none`));
    const { input } = assume(`arn:aws:iam::${shop}:role/none`);
    expect(exchange.sdk.input).to.deep.equal({
      ...input,
      // A number comes back from the wire as one.
      DurationSeconds: 900,
    });
  });

  it("reads EC2's names of members back into the SDK's", async () => {
    let call: ReturnType<typeof readCall> | undefined;
    const client = new EC2Client({
      ...clientConfig({ url }, bare),
      requestHandler: {
        handle: async (request: { body: string; headers: Record<string, string> }) => {
          call = readCall({
            ...request,
            method: "POST",
            target: "/",
            body: Buffer.from(request.body),
          });
          throw new Error("read");
        },
      },
    });
    const input = {
      NetworkInterfaceId: "eni-0a1b2c3d4e5f60718",
      Groups: ["sg-0a1b2c3d4e5f60718", "sg-0a1b2c3d4e5f60719"],
      SourceDestCheck: { Value: false },
    };
    await errorOf(client.send(new ModifyNetworkInterfaceAttributeCommand(input)));
    if (call === undefined) throw new Error("Nothing was sent");
    expect(sdkCallOf(call, world.moto.models).input).to.deep.equal(input);
  });
});

describe("A recording", () => {
  it("that is missing is refused in one sentence", () => {
    expect(() => readRecording("/nowhere.json")).to.throw(
      "--recording /nowhere.json cannot be read; write one with --record /nowhere.json: ENOENT",
    );
  });

  it("says which calls wait for which: those that had ended before it began each time", () => {
    const at = (ms: number, endMs: number) => ({ entry: { ms, endMs } as RecordedCall });
    const exchanges = [at(0, 40), at(1, 41), at(42, 82)] as never;
    // The third began after both when it was recorded, and after the first alone when replayed.
    const replayed = [
      { exchange: 0, ms: 0, endMs: 40 },
      { exchange: 2, ms: 41, endMs: 81 },
      { exchange: 1, ms: 2, endMs: 42 },
    ];
    expect(dependencies({ exchanges }, [{ replayed }])).to.deep.equal([[], [], [0]]);
  });
});
