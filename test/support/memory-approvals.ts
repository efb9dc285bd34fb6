/** Approvals held in memory, with the conditions of functions/aws/approval-table.ts. */
import type { Answer, Approval, Approvals } from "../../functions/record/approvals";

export class MemoryApprovals implements Approvals {
  readonly tokens = new Map<string, string>();
  readonly items: Approval[] = [];

  async find(incident: string, digest: string): Promise<Approval | undefined> {
    return (await this.of(incident)).find((each) => each.digest === digest);
  }

  async of(incident: string): Promise<readonly Approval[]> {
    return structuredClone(this.items)
      .filter((each) => each.incident === incident)
      .sort((one, other) => one.askedAt.localeCompare(other.askedAt));
  }

  async ask(approval: Approval, token: string): Promise<void> {
    this.tokens.set(`${approval.incident} ${approval.digest}`, token);
    const known = await this.find(approval.incident, approval.digest);
    if (known === undefined) this.items.push(structuredClone(approval));
  }

  async answer(incident: string, digest: string, answer: Answer): Promise<boolean> {
    const index = this.items.findIndex(
      (each) => each.incident === incident && each.digest === digest,
    );
    const item = this.items[index];
    if (item === undefined || item.answer !== undefined || item.expiresAt <= answer.at)
      return false;
    this.items[index] = { ...item, answer: structuredClone(answer) };
    return true;
  }

  async token(incident: string, digest: string): Promise<string | undefined> {
    return this.tokens.get(`${incident} ${digest}`);
  }
}
