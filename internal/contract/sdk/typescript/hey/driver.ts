// Makes the calls of the scenario with what @hey-api/openapi-ts generates.
import { createClient, createConfig } from "./tasks/client/index.js";
import { createTask, deleteTask, getTask, listTasks, updateTask } from "./tasks/index.js";
import type { CreateTaskData, Fault, GetTaskData, ListTasksData, NewTask, Problem, Task, TaskPatch, UpdateTaskData } from "./tasks/index.js";
import { drive, given, read, type Step } from "../wire.js";

type Query = NonNullable<ListTasksData["query"]>;
type IfMatch = NonNullable<UpdateTaskData["headers"]>;
type IfNoneMatch = NonNullable<GetTaskData["headers"]>;
type Key = NonNullable<CreateTaskData["headers"]>;

const plainTask = ({ id, title, done }: Task) => ({ id, title, done });

const plainFault = ({ detail, pointer, parameter, header }: Fault) => ({ detail, pointer, parameter, header });

const plainProblem = ({ type, title, status, detail, error, instance, errors }: Problem) =>
  ({ type, title, status, detail, error, instance, errors: errors?.map(plainFault) });

async function call(step: Step) {
  const client = createClient(createConfig({ baseUrl: step.url, ...(step.token === undefined ? {} : { auth: step.token }) }));
  const { id, title, done, limit, after, order } = step;
  const ifMatch = given<IfMatch>({ "If-Match": step.ifMatch });
  const ifNoneMatch = given<IfNoneMatch>({ "If-None-Match": step.ifNoneMatch });
  const key = given<Key>({ "Idempotency-Key": step.idempotencyKey });
  switch (step.call) {
    case "createTask": {
      const { data, error, response } = await createTask({ client, headers: key, body: given<NewTask>({ title, done }) });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    case "listTasks": {
      const query = given<Query>({ limit, after, order, done });
      const { data, error, response } = await listTasks({ client, query, headers: ifNoneMatch });
      return read(response, { tasks: data?.map(plainTask), problem: error && plainProblem(error) });
    }
    case "getTask": {
      const { data, error, response } = await getTask({ client, path: { id }, headers: ifNoneMatch });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    case "updateTask": {
      const headers = { ...ifMatch, ...(step.mediaType === undefined ? {} : { "Content-Type": step.mediaType }) };
      const { data, error, response } = await updateTask({ client, path: { id }, headers, body: given<TaskPatch>({ title, done }) });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    case "deleteTask": {
      const { data, error, response } = await deleteTask({ client, path: { id }, headers: ifMatch });
      return read(response, { task: data && plainTask(data), problem: error && plainProblem(error) });
    }
    default:
      throw new Error(`no such call: ${step.call}`);
  }
}

await drive(call);
