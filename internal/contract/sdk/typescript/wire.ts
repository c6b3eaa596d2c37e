// The input and output of the drivers: a JSON text a line.
import readline from "node:readline";

export interface Step {
  step: string;
  call: string;
  url: string;
  id: string;
  title: string;
  done?: boolean;
  limit?: number;
  after?: string;
  order?: "asc" | "desc";
  ifMatch?: string;
  ifNoneMatch?: string;
  idempotencyKey?: string;
  mediaType?: string;
  token?: string;
}

// given returns the members that have a value. Its type argument, a generated
// type, checks each of them.
export function given<T>(members: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

// read returns a response as the scenario has it, with the typed body.
export function read(response: Response, body: { task?: unknown; tasks?: unknown; problem?: unknown }) {
  const header = (name: string) => response.headers.get(name) ?? undefined;
  return {
    ...body,
    // The error of a 304 is empty, and not a problem.
    problem: response.status === 304 ? undefined : body.problem,
    status: response.status,
    etag: header("ETag"),
    link: header("Link"),
    location: header("Location"),
    replayed: header("Idempotency-Replayed"),
    challenge: header("WWW-Authenticate"),
  };
}

// drive answers each line of the input.
export async function drive(call: (step: Step) => Promise<object>) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const step = JSON.parse(line) as Step;
    const answer = await call(step).catch((e: unknown) => ({ failed: String(e) }));
    console.log(JSON.stringify({ step: step.step, ...answer }));
  }
}
