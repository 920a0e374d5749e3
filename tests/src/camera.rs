//! A camera that no machine has: what one page shows is held before it, tilted, and part of it never seen.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::Browser;
use crate::wait::PATIENCE;

const CAMERA: &str = include_str!("camera.js");
const REFUSED: &str = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', arguments[0]); };";
/// The code on the page: how many squares a side, and one or zero for each.
const SHOWN: &str = "const canvas = document.querySelector('.codes__picture');
    if (!canvas || canvas.width < 50 || canvas.width !== canvas.height) return null;
    const { width } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, width);
    return [width, Array.from({ length: width * width }, (_, at) => (data[4 * at] > 127 ? '1' : '0')).join('')];";

/// Gives the page a camera, until it is loaded anew.
pub async fn connect(browser: &Browser) -> Result<()> {
    browser.run(CAMERA, vec![]).await.map(drop)
}

/// Has the page's camera fail with this error of the browser's.
pub async fn refuse(browser: &Browser, error: &str) -> Result<()> {
    browser.run(REFUSED, vec![error.into()]).await.map(drop)
}

/// Holds what `from` shows before the camera of `to`, until `is_over`; three pictures in ten are not seen. Answers how many
/// were shown.
pub async fn hold_before(
    from: &Browser,
    to: &Browser,
    is_over: impl AsyncFn() -> Result<bool>,
) -> Result<usize> {
    let began = Instant::now();
    let (mut shown, mut last) = (0_usize, Value::Null);
    while !is_over().await? {
        ensure!(
            began.elapsed() < PATIENCE,
            "{shown} pictures were not enough"
        );
        let code = from.run(SHOWN, vec![]).await?;
        if code.is_null() || code == last {
            continue;
        }
        shown += 1;
        if shown % 10 % 3 != 1 {
            let [side, squares] = [&code[0], &code[1]].map(Value::clone);
            let turn = (shown % 7) as f64 * 0.03 - 0.09;
            to.run(
                "window.holdBefore(...arguments)",
                vec![side, squares, turn.into()],
            )
            .await?;
        }
        last = code;
    }
    Ok(shown)
}
