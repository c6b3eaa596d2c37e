//! What README.md shows of the Rust client.

use std::{env, error::Error};

use tasks::apis::{configuration::Configuration, tasks_api};
use tasks::models::NewTask;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).unwrap_or_default();
    // README
    let configuration = Configuration {
        base_path: url,
        ..Configuration::new()
    };
    let created = tasks_api::create_task(&configuration, NewTask::new("Learn WSGI".into())).await?;
    println!("{}", created.title);
    // end
    Ok(())
}
