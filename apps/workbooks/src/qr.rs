//! QR codes as SVG that takes the colour around it and has no style of its own: the page's policy allows none.

#![cfg(any(target_arch = "wasm32", test))]

use fast_qr::{ECL, QRBuilder};
use vigie_protocol::Failure;

/// The quiet zone around a code (ISO/IEC 18004): four modules.
const QUIET: usize = 4;
/// What the largest code holds at this level of correction (version 40, M, bytes).
const LIMIT: usize = 2331;

/// Draws `text`: one path of squares, black on white whatever the theme, so that cameras read it.
pub fn svg(text: &str) -> Result<String, Failure> {
    let too_large = Failure::TooLarge {
        size: text.len() as u64,
        limit: LIMIT as u64,
    };
    if text.len() > LIMIT {
        return Err(too_large);
    }
    let code = QRBuilder::new(text)
        .ecl(ECL::M)
        .build()
        .map_err(|_| too_large)?;
    let side = code.size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size {
        for x in (0..code.size).filter(|x| code[y][*x].value()) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}
