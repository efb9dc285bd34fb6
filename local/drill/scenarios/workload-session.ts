/** Scenario: the credentials of one ECS task are stolen; its siblings have the same role. */
import { type SeededRole, seedServiceRole } from "../../seeds/identities";
import { readRole } from "../identity-state";
import {
  alive,
  contained,
  dead,
  duplicate,
  notices,
  planOnly,
  roleFinding,
  site,
  work,
} from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const name = "workload-session";
// ECS names a task's session after the task's id.
const stolenTask = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const siblingTask = "1b2c3d4e5f60718293a4b5c6d7e8f90a";

export const workloadSession: Scenario = {
  name,
  title: "A task's stolen credentials: denied at once for that task only",
  seed: ({ organization: { gateway } }) =>
    seedServiceRole(gateway, site, "ecs-tasks", { name: "orders-task", allow: work }),
  async run(session, seeded) {
    const role = seeded as SeededRole;
    const { gateway } = session.organization;
    const issued = (task: string) =>
      gateway.callers.serviceSession("ecs-tasks", role.arn, task, "workload");
    const stolen = await issued(stolenTask);
    const sibling = await issued(siblingTask);
    const finding = roleFinding(role, stolen, stolenTask);
    const before = await readRole(gateway, role);
    if (isDryRun(session)) return planOnly(session, finding, () => readRole(gateway, role), name);
    await alive(session, "before: both tasks' credentials work", stolen, sibling);
    const { incident, injected } = await contained(session, finding, name);
    if (incident === undefined) return;
    await dead(session, "the task's credentials are denied every action", stolen);
    await dead(session, "so are the next ones it gets", await issued(stolenTask));
    await alive(
      session,
      "its sibling's, of the same role, and a new task's work",
      sibling,
      await issued("2c3d4e5f60718293a4b5c6d7e8f90a1b"),
    );
    session.check(
      "the notice has the command that revokes the whole role",
      notices(injected).some((text) =>
        text.includes(`aws iam put-role-policy --role-name=${role.name} `),
      ),
    );
    await duplicate(session, finding, name);

    const other = await contained(session, roleFinding(role, sibling, siblingTask), name);
    const report = await release(session, incident);
    session.check("one command releases the task", report.outcome === "released");
    await alive(session, "its credentials work again", stolen);
    await dead(session, "the sibling, an incident of its own, stays denied", sibling);
    if (other.incident === undefined) return;
    await release(session, other.incident);
    session.check(
      "every field of the role is restored",
      sameState(restored(await readRole(gateway, role)), before),
    );

    const namesake = { ...role, id: "AROAEXAMPLENAMESAKE01" };
    await contained(session, roleFinding(namesake, stolen, siblingTask), name, "target-missing");
    await alive(session, "a role that only has the name of a finding's is left alone", stolen);
  },
};
