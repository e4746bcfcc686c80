//! A client that speaks HTTP/2 from its first byte, as far as the tests need it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use hyper::body::{Body, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::rt::Executor;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub struct Http2 {
    requests: SendRequest<String>,
    tasks: Tasks,
    authority: String,
}

/// What hyper runs beside the requests; among it what holds the connection.
#[derive(Clone, Default)]
struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl<F> Executor<F> for Tasks
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.lock().unwrap().spawn(async {
            task.await;
        });
    }
}

impl Http2 {
    pub async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let tasks = Tasks::default();
        let (requests, connection) = handshake(tasks.clone(), TokioIo::new(stream)).await.unwrap();
        tasks.execute(connection);
        Self { requests, tasks, authority: address.to_owned() }
    }

    /// Breaks the connection off without a word.
    pub fn break_off(&self) {
        self.tasks.0.lock().unwrap().abort_all();
    }

    /// Dropping the result resets its stream.
    pub fn ask(&mut self, path: &str) -> impl Future<Output = Response<Incoming>> + use<> {
        let request = Request::get(format!("http://{}{path}", self.authority));
        let answer = self.requests.send_request(request.body(String::new()).unwrap());
        async { answer.await.unwrap() }
    }

    /// Status and body.
    pub async fn get(&mut self, path: &str) -> (u16, String) {
        let answer = self.ask(path).await;
        let status = answer.status().as_u16();
        let (mut text, mut body) = (String::new(), pin!(answer.into_body()));
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            text.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        }
        (status, text)
    }
}
