/** Clients that answer with literals, by service and operation. */
import type { Clients } from "../../../cli/check/clients";

/** What a call is answered with: a literal, an error to be thrown, or what its input leads to. */
export type Answer = object | Error | ((input: never) => object | Error | Promise<object>);
export type Answers = { readonly [Name in keyof Clients]?: Readonly<Record<string, Answer>> };

/** Every call that is not foreseen fails by name. */
export function fakeClients(answers: Answers): Clients {
  return new Proxy({} as Clients, {
    get: (_target, service: keyof Clients) => ({
      send: async (command: { readonly input: never }) => {
        const operation = command.constructor.name.replace(/Command$/, "");
        const answer = answers[service]?.[operation];
        const given = typeof answer === "function" ? await answer(command.input) : answer;
        if (given === undefined) throw new Error(`${service} was not expected to ${operation}`);
        if (given instanceof Error) throw given;
        return given;
      },
    }),
  });
}
