//! A folder served to a browser, for pages that are not the app's.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Serves the files that lie directly in `folder` until the test ends; returns the address.
///
/// The pages are isolated from every other origin, because a browser then gives them its finest clock.
pub fn serve(folder: &Path) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            // A browser that hangs up has its reasons.
            std::thread::spawn(move || drop(answer(stream, folder)));
        }
    });
    Ok(url)
}

fn answer(mut stream: TcpStream, folder: PathBuf) -> Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let asked = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let name = asked
        .split(' ')
        .nth(1)
        .and_then(|path| path.strip_prefix('/'))
        .filter(|name| !name.contains(['/', '\\']));
    let content = name.and_then(|name| Some((name, std::fs::read(folder.join(name)).ok()?)));
    let (status, kind, body) = match content {
        Some((name, body)) => {
            let kind = match name.rsplit_once('.') {
                Some((_, "html")) => "text/html; charset=utf-8",
                Some((_, "js")) => "text/javascript; charset=utf-8",
                Some((_, "wasm")) => "application/wasm",
                _ => "application/octet-stream",
            };
            ("200 OK", kind, body)
        }
        None => ("404 Not Found", "text/plain", Vec::new()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;
    Ok(())
}
