/** Requests held in memory, with the conditions of functions/aws/request-table.ts. */
import type { PersonsRequest, RequestAnswer, Requests } from "../../functions/record/requests";

export class MemoryRequests implements Requests {
  readonly items: PersonsRequest[] = [];

  async find(id: string): Promise<PersonsRequest | undefined> {
    return structuredClone(this.items.find((each) => each.id === id));
  }

  async ask(request: PersonsRequest): Promise<boolean> {
    if (this.items.some(({ id }) => id === request.id)) return false;
    this.items.push(structuredClone(request));
    return true;
  }

  async answer(id: string, answer: RequestAnswer): Promise<void> {
    const index = this.items.findIndex((each) => each.id === id);
    const item = this.items[index];
    if (item === undefined || item.answer !== undefined) return;
    this.items[index] = { ...item, answer: structuredClone(answer) };
  }
}
