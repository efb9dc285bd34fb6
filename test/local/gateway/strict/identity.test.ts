import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  ListMFADevicesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { allow, errorOf, policy, seedOf, shop } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The gateway, on users", () => {
  const world = useWorld();
  const owner = () => new IAMClient(world.as(seedOf(world, shop)));

  it("renames a user, who keeps id, tags, keys and policies, but never to a name in use", async () => {
    const iam = owner();
    const UserName = "before";
    const made = await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new CreateUserCommand({ UserName: "taken" }));
    await iam.send(new TagUserCommand({ UserName, Tags: [{ Key: "team", Value: "build" }] }));
    const PolicyDocument = JSON.stringify(policy(allow("iam:GetUser", "*")));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const AccessKeyId = AccessKey?.AccessKeyId ?? "";
    const rename = (NewUserName: string) =>
      iam.send(new UpdateUserCommand({ UserName, NewUserName }));
    expect((await errorOf(rename("taken"))).name).to.equal("EntityAlreadyExistsException");
    await rename("after");

    const { User } = await iam.send(new GetUserCommand({ UserName: "after" }));
    expect([User?.UserId, User?.Tags]).to.deep.equal([
      made.User?.UserId,
      [{ Key: "team", Value: "build" }],
    ]);
    expect((await errorOf(iam.send(new GetUserCommand({ UserName })))).name).to.equal(
      "NoSuchEntityException",
    );
    const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    expect(used.UserName).to.equal("after");
    const secretAccessKey = AccessKey?.SecretAccessKey ?? "";
    const own = world.as({ accessKeyId: AccessKeyId, secretAccessKey });
    const caller = await new STSClient(own).send(new GetCallerIdentityCommand({}));
    expect(caller.Arn).to.equal(`arn:aws:iam::${shop}:user/after`);
    await new IAMClient(own).send(new GetUserCommand({ UserName: "after" }));
  });

  it("lists a user's other credentials, of which a new user has none", async () => {
    const iam = owner();
    const UserName = "listed";
    await iam.send(new CreateUserCommand({ UserName }));
    const lists = await Promise.all([
      iam.send(new ListMFADevicesCommand({ UserName })).then((it) => it.MFADevices),
      iam.send(new ListSSHPublicKeysCommand({ UserName })).then((it) => it.SSHPublicKeys),
      iam.send(new ListSigningCertificatesCommand({ UserName })).then((it) => it.Certificates),
      iam
        .send(new ListServiceSpecificCredentialsCommand({ UserName }))
        .then((it) => it.ServiceSpecificCredentials),
    ]);
    expect(lists.map((list) => list ?? [])).to.deep.equal([[], [], [], []]);
    const nobody = new ListServiceSpecificCredentialsCommand({ UserName: "nobody" });
    expect((await errorOf(iam.send(nobody))).name).to.equal("NoSuchEntityException");
  });
});
