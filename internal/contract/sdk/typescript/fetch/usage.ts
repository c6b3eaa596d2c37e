// What README.md shows of openapi-fetch.
const url = process.argv[2] ?? "";

// README
import createClient from "openapi-fetch";
import type { paths } from "./tasks.js";

const tasks = createClient<paths>({ baseUrl: url });
const { data, error, response } = await tasks.POST("/tasks", { body: { title: "Learn WSGI" } });
if (error) throw new Error(error.detail);
console.log(data.title, response.headers.get("ETag"));
// end
