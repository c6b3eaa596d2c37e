//! Makes the calls of the scenario with the crate that openapi-generator generates.

use std::io::{self, BufRead};
use std::sync::{Arc, Mutex};

use http::Extensions;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use serde::{Deserialize, Serialize};
use tasks::apis::{Error, configuration::Configuration, tasks_api};
use tasks::models::{NewTask, Problem, Task, TaskOrder, TaskPatch};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    step: String,
    call: String,
    url: String,
    token: Option<String>,
    #[serde(default)]
    id: String,
    title: Option<String>,
    done: Option<bool>,
    limit: Option<i32>,
    after: Option<String>,
    order: Option<TaskOrder>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    idempotency_key: Option<String>,
    media_type: Option<String>,
}

/// What the client read. An absent member is null, which the test takes as absent.
#[derive(Default, Serialize)]
struct Answer {
    step: String,
    status: u16,
    etag: Option<String>,
    link: Option<String>,
    location: Option<String>,
    replayed: Option<String>,
    challenge: Option<String>,
    task: Option<Task>,
    tasks: Option<Vec<Task>>,
    problem: Option<Problem>,
    failed: Option<String>,
}

/// Does what the generated functions cannot: sets the media type of the request,
/// and keeps the status and the headers of the response.
#[derive(Clone)]
struct Wire {
    media_type: Option<HeaderValue>,
    kept: Arc<Mutex<(u16, HeaderMap)>>,
}

#[async_trait::async_trait]
impl Middleware for Wire {
    async fn handle(
        &self,
        mut r: Request,
        e: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        if let Some(media_type) = &self.media_type {
            r.headers_mut().insert(CONTENT_TYPE, media_type.clone());
        }
        let response = next.run(r, e).await?;
        *self.kept.lock().unwrap() = (response.status().as_u16(), response.headers().clone());
        Ok(response)
    }
}

impl Answer {
    /// Returns the typed data, or keeps what went wrong.
    fn read<D, T>(&mut self, result: Result<D, Error<T>>) -> Option<D> {
        match result {
            Ok(data) => return Some(data),
            // Its entity always takes the type of the first declared status.
            Err(Error::ResponseError(r)) => self.problem = serde_json::from_str(&r.content).ok(),
            Err(e) => self.failed = Some(e.to_string()),
        }
        None
    }
}

async fn call(step: Step) -> Answer {
    let wire = Wire {
        media_type: step.media_type.and_then(|m| m.parse().ok()),
        kept: Arc::default(),
    };
    let mut answer = Answer {
        step: step.step.clone(),
        ..Answer::default()
    };
    let c = &Configuration {
        base_path: step.url,
        bearer_access_token: step.token,
        client: ClientBuilder::new(reqwest::Client::new())
            .with(wire.clone())
            .build(),
        ..Configuration::default()
    };
    let (after, if_match, if_none_match) = (
        step.after.as_deref(),
        step.if_match.as_deref(),
        step.if_none_match.as_deref(),
    );
    match step.call.as_str() {
        "createTask" => {
            let new_task = NewTask {
                title: step.title.unwrap_or_default(),
                done: step.done,
            };
            let key = step.idempotency_key.as_deref();
            answer.task = answer.read(tasks_api::create_task(c, new_task, key).await);
        }
        "listTasks" => {
            let page =
                tasks_api::list_tasks(c, step.limit, after, step.order, step.done, if_none_match)
                    .await;
            answer.tasks = answer.read(page);
        }
        "getTask" => {
            answer.task = answer.read(tasks_api::get_task(c, &step.id, if_none_match).await)
        }
        "updateTask" => {
            let patch = TaskPatch {
                title: step.title,
                done: step.done,
            };
            answer.task = answer.read(tasks_api::update_task(c, &step.id, patch, if_match).await);
        }
        "deleteTask" => {
            answer.task = answer.read(tasks_api::delete_task(c, &step.id, if_match).await)
        }
        name => answer.failed = Some(format!("no such call: {name}")),
    }
    let (status, headers) = wire.kept.lock().unwrap().clone();
    let header = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    answer.status = status;
    answer.etag = header("etag");
    answer.link = header("link");
    answer.location = header("location");
    answer.replayed = header("idempotency-replayed");
    answer.challenge = header("www-authenticate");
    if status == 304 {
        answer.failed = None; // An empty body is not a task.
    }
    answer
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in io::stdin().lock().lines() {
        let answer = call(serde_json::from_str(&line?)?).await;
        println!("{}", serde_json::to_string(&answer)?);
    }
    Ok(())
}
