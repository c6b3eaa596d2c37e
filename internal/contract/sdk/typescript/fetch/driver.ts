// Makes the calls of the scenario with openapi-fetch and the types that
// openapi-typescript generates.
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./tasks.js";
import { drive, given, read, type Step } from "../wire.js";

type Query = NonNullable<operations["listTasks"]["parameters"]["query"]>;
type IfMatch = NonNullable<operations["updateTask"]["parameters"]["header"]>;
type IfNoneMatch = NonNullable<operations["getTask"]["parameters"]["header"]>;
type Key = NonNullable<operations["createTask"]["parameters"]["header"]>;
type NewTask = components["schemas"]["NewTask"];
type TaskPatch = components["schemas"]["TaskPatch"];
type Task = components["schemas"]["Task"];
type Fault = components["schemas"]["Fault"];
type Problem = components["schemas"]["Problem"];

const plainTask = ({ id, title, done }: Task) => ({ id, title, done });

const plainFault = ({ detail, pointer, parameter, header }: Fault) => ({ detail, pointer, parameter, header });

const plainProblem = ({ type, title, status, detail, error, instance, errors }: Problem) =>
  ({ type, title, status, detail, error, instance, errors: errors?.map(plainFault) });

async function call(step: Step) {
  const headers = step.token === undefined ? {} : { Authorization: `Bearer ${step.token}` };
  const tasks = createClient<paths>({ baseUrl: step.url, headers });
  const { id, title, done, limit, after, order } = step;
  const ifMatch = given<IfMatch>({ "If-Match": step.ifMatch });
  const ifNoneMatch = given<IfNoneMatch>({ "If-None-Match": step.ifNoneMatch });
  const key = given<Key>({ "Idempotency-Key": step.idempotencyKey });
  switch (step.call) {
    case "createTask": {
      const { data, error, response } = await tasks.POST("/tasks", { params: { header: key }, body: given<NewTask>({ title, done }) });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    case "listTasks": {
      const query = given<Query>({ limit, after, order, done });
      const { data, error, response } = await tasks.GET("/tasks", { params: { query, header: ifNoneMatch } });
      return read(response, { tasks: data?.map(plainTask), problem: error && plainProblem(error) });
    }
    case "getTask": {
      const { data, error, response } = await tasks.GET("/tasks/{id}", { params: { path: { id }, header: ifNoneMatch } });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    case "updateTask": {
      const { data, error, response } = await tasks.PATCH("/tasks/{id}", {
        params: { path: { id }, header: ifMatch },
        headers: step.mediaType === undefined ? {} : { "Content-Type": step.mediaType },
        body: given<TaskPatch>({ title, done }),
      });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    case "deleteTask": {
      const { data, error, response } = await tasks.DELETE("/tasks/{id}", { params: { path: { id }, header: ifMatch } });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    default:
      throw new Error(`no such call: ${step.call}`);
  }
}

await drive(call);
