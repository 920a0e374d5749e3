//! The network of a programme that is no browser: a [`Transport`] over HTTP or HTTPS, for the command line and for tests.

use std::{io::Read, time::Duration};

use ureq::{Agent, http};
use vigie_exchange::{Request, Response, Transport, Unreachable};

/// The largest answer that is read: a page of documents, in base64.
const ANSWER_BYTES: u64 = 96 * 1024 * 1024;

/// HTTP connections. A request blocks the thread that makes it, which is all that a command line needs.
///
/// A server that refuses a request by its head alone closes the connection without having read the body, and a pool that took
/// the connection back would learn of it at the next request. So only those without a body share connections.
#[derive(Clone)]
pub struct Wire {
    shared: Agent,
    fresh: Agent,
}

impl Wire {
    pub fn new() -> Wire {
        let agent = |idle| {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_idle_connections(idle)
                .timeout_connect(Some(Duration::from_secs(20)))
                .timeout_per_read(Some(Duration::from_secs(60)))
                .timeout_per_write(Some(Duration::from_secs(60)))
                .user_agent("vigie")
                .build();
            Agent::new_with_config(config)
        };
        Wire {
            shared: agent(6),
            fresh: agent(0),
        }
    }

    fn carry(&self, base: &str, request: Request) -> Result<Response, ureq::Error> {
        let mut asked = http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{base}{}", request.path));
        for (name, value) in &request.headers {
            asked = asked.header(name, value);
        }
        let answer = if request.body.is_empty() && request.method == vigie_exchange::Method::Get {
            self.shared.run(asked.body(())?)?
        } else {
            self.fresh.run(asked.body(request.body)?)?
        };
        let status = answer.status().as_u16();
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers = answer.headers().iter().filter_map(text).collect();
        let mut body = Vec::new();
        answer
            .into_body()
            .into_with_config()
            .limit(ANSWER_BYTES)
            .reader()
            .read_to_end(&mut body)?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }
}

impl Default for Wire {
    fn default() -> Wire {
        Wire::new()
    }
}

impl Transport for Wire {
    async fn send(&self, base: &str, request: Request) -> Result<Response, Unreachable> {
        self.carry(base, request)
            .map_err(|error| Unreachable(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
        thread,
    };

    use flate2::{Compression, write::GzEncoder};
    use vigie_exchange::Method;

    use super::*;

    /// The address of a server that answers once, with as many zeros, compressed.
    fn zeros(bytes: u64) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            let mut zeros = std::io::repeat(0).take(bytes);
            std::io::copy(&mut zeros, &mut packed).expect("packed");
            let packed = packed.finish().expect("packed");
            let (line, _) = listener.accept().expect("a line");
            let asked = BufReader::new(&line).lines();
            asked
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .for_each(drop);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                packed.len()
            );
            // Whoever reads no more ends the line.
            drop((&line).write_all(&[head.as_bytes(), &packed].concat()));
        });
        format!("http://{address}")
    }

    #[test]
    fn a_compressed_answer_is_read_as_far_as_any_other() {
        let ask = |base: &str| Wire::new().carry(base, Request::new(Method::Get, "/"));
        let answer = ask(&zeros(1_000_000)).expect("an answer");
        assert_eq!((answer.status, answer.body.len()), (200, 1_000_000));
        assert!(ask(&zeros(ANSWER_BYTES + 1)).is_err());
    }
}
