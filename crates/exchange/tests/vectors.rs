//! Requests and receipts as `tests/vectors/` at the root of the project holds them: what another programme is held to.

#![allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]

use serde_json::Value;
use vigie_exchange::{
    Request,
    api::Receipt,
    request::{KEY_HEADER, Method, SIGNATURE_HEADER, TIME_HEADER},
};
use vigie_model::Timestamp;
use vigie_sign::{SigningKey, VerifyingKey};

fn read(name: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

#[test]
fn a_request_is_signed_as_the_vector_says() {
    let kept = read("request.json");
    assert_eq!(text(&kept, "method"), "PUT");
    let key = SigningKey::from_hex(text(&kept, "device_seed")).unwrap();
    let time = Timestamp(text(&kept["headers"], TIME_HEADER).parse().unwrap());
    let body = text(&kept, "body").as_bytes().to_vec();
    let request = Request::new(Method::Put, text(&kept, "path"))
        .body("application/octet-stream", body)
        .sign(&key, time);
    for name in [KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER] {
        let header = request.headers.iter().find(|(found, _)| found == name);
        assert_eq!(header.unwrap().1, text(&kept["headers"], name), "{name}");
    }
    assert!(request.verify(time).is_ok());
}

#[test]
fn a_receipt_verifies_as_the_vector_says() {
    let kept = read("receipt.json");
    let receipt: Receipt = serde_json::from_value(kept["receipt"].clone()).unwrap();
    assert_eq!(receipt.message(), text(&kept, "message").as_bytes());
    assert_eq!(
        serde_json::to_value(&receipt).unwrap(),
        kept["receipt"],
        "written as it was read"
    );
    let office: VerifyingKey = text(&kept, "office").parse().unwrap();
    assert!(receipt.verify(&office).is_ok());
}
