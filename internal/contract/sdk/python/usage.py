"""What README.md shows of the Python client."""

import sys

url = sys.argv[1]

# README
from tasks import Client
from tasks.api.tasks import create_task
from tasks.models import NewTask, Task

response = create_task.sync_detailed(client=Client(base_url=url), body=NewTask(title="Learn WSGI"))
if not isinstance(response.parsed, Task):
    raise SystemExit(response.parsed)
print(response.parsed.title, response.headers["ETag"])
# end
