// What the drivers read and write: a JSON text a line.
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
  mediaType?: string;
  token?: string;
}

// given returns the members that have a value. Its type argument has every
// member checked against what was generated.
export function given<T>(members: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

// read tells a response, with what was typed of its body.
export function read(response: Response, body: { task?: unknown; tasks?: unknown; problem?: unknown }) {
  const header = (name: string) => response.headers.get(name) ?? undefined;
  return {
    ...body,
    // A 304 comes with an error that is no problem, but empty.
    problem: response.status === 304 ? undefined : body.problem,
    status: response.status,
    etag: header("ETag"),
    link: header("Link"),
    location: header("Location"),
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
