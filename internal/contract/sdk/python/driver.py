"""Makes the calls of the scenario with what openapi-python-client generates."""

import json
import sys
from typing import Any, NotRequired, TypedDict

import httpx
from tasks import AuthenticatedClient, Client
from tasks.api.tasks import create_task, delete_task, get_task, list_tasks, update_task
from tasks.models import Fault, NewTask, Problem, Task, TaskOrder, TaskPatch
from tasks.types import UNSET, Response

HEADERS = {
    "etag": "ETag",
    "link": "Link",
    "location": "Location",
    "replayed": "Idempotency-Replayed",
    "challenge": "WWW-Authenticate",
}


class Step(TypedDict):
    step: str
    call: str
    url: str
    id: NotRequired[str]
    title: NotRequired[str]
    done: NotRequired[bool]
    limit: NotRequired[int]
    after: NotRequired[str]
    order: NotRequired[str]
    ifMatch: NotRequired[str]
    ifNoneMatch: NotRequired[str]
    idempotencyKey: NotRequired[str]
    mediaType: NotRequired[str]
    token: NotRequired[str]


def call(step: Step) -> dict[str, object]:
    def complete(request: httpx.Request) -> None:
        # The generated function has no parameter for this.
        if "mediaType" in step:
            request.headers["Content-Type"] = step["mediaType"]

    hooks = {"event_hooks": {"request": [complete]}}
    client: Client | AuthenticatedClient = Client(base_url=step["url"], httpx_args=hooks)
    if "token" in step:
        client = AuthenticatedClient(base_url=step["url"], token=step["token"], httpx_args=hooks)
    done = step.get("done", UNSET)
    if_match = step.get("ifMatch", UNSET)
    if_none_match = step.get("ifNoneMatch", UNSET)
    match step["call"]:
        case "createTask":
            new_task = NewTask(title=step["title"], done=done)
            key = step.get("idempotencyKey", UNSET)
            return read(create_task.sync_detailed(client=client, body=new_task, idempotency_key=key))
        case "listTasks":
            return read(
                list_tasks.sync_detailed(
                    client=client,
                    limit=step.get("limit", UNSET),
                    after=step.get("after", UNSET),
                    order=TaskOrder(step["order"]) if "order" in step else UNSET,
                    done=done,
                    if_none_match=if_none_match,
                )
            )
        case "getTask":
            return read(get_task.sync_detailed(step["id"], client=client, if_none_match=if_none_match))
        case "updateTask":
            patch = TaskPatch(title=step.get("title", UNSET), done=done)
            return read(update_task.sync_detailed(step["id"], client=client, body=patch, if_match=if_match))
        case "deleteTask":
            return read(delete_task.sync_detailed(step["id"], client=client, if_match=if_match))
        case name:
            raise ValueError(f"no such call: {name}")


def read(response: Response[Any]) -> dict[str, object]:
    """Returns a response as the scenario has it, with a body that was parsed to a class."""
    answer: dict[str, object] = {"status": response.status_code.value}
    for name, header in HEADERS.items():
        if header in response.headers:
            answer[name] = response.headers[header]
    match response.parsed:
        case Task() as task:
            answer["task"] = plain_task(task)
        case list() as tasks:
            answer["tasks"] = [plain_task(task) for task in tasks]
        case Problem() as problem:
            answer["problem"] = plain_problem(problem)
    return answer


def plain_task(task: Task) -> dict[str, object]:
    return {"id": task.id, "title": task.title, "done": task.done}


def plain_problem(p: Problem) -> dict[str, object]:
    members: dict[str, object] = {
        "type": p.type_,
        "title": p.title,
        "status": p.status,
        "detail": p.detail,
        "error": p.error,
        "instance": p.instance,
    }
    if p.errors:
        members["errors"] = [plain_fault(f) for f in p.errors]
    return members


def plain_fault(f: Fault) -> dict[str, object]:
    members = {"detail": f.detail, "pointer": f.pointer, "parameter": f.parameter, "header": f.header}
    return {name: value for name, value in members.items() if value is not UNSET}


for line in sys.stdin:
    step: Step = json.loads(line)
    try:
        answer = call(step)
    except Exception as e:
        answer = {"failed": repr(e)}
    print(json.dumps({"step": step["step"], **answer}), flush=True)
