// What README.md shows of the client that @hey-api/openapi-ts makes.
const url = process.argv[2] ?? "";

// README
import { createTask } from "./tasks/index.js";
import { client } from "./tasks/client.gen.js";

client.setConfig({ baseUrl: url });
const { data, error, response } = await createTask({ body: { title: "Learn WSGI" } });
if (error) throw new Error(error.detail);
console.log(data.title, response.headers.get("ETag"));
// end
