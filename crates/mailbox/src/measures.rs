//! What a server counts of itself, for whoever runs it to read as Prometheus does.
//!
//! A label is a word of ours: a route's template, a known method, a status, a code. None is anything that a client may
//! choose, so that neither an id nor an address can stand in one. As long as nobody asked for it ([`begin`]), nothing is
//! counted.

use std::sync::OnceLock;

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, describe_histogram};
use metrics::{gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const SECONDS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];
const LETTERS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

static COUNTED: OnceLock<PrometheusHandle> = OnceLock::new();

/// Counts from now on; all servers of a process together.
pub fn begin() {
    COUNTED.get_or_init(|| {
        let fixed = "a list that is not empty";
        let recorder = PrometheusBuilder::new()
            .set_buckets(&SECONDS)
            .expect(fixed)
            .set_buckets_for_metric(Matcher::Full("vigie_letters_per_commit".into()), &LETTERS)
            .expect(fixed)
            .build_recorder();
        let counted = recorder.handle();
        // Whoever counts in this process already goes on, and we say nothing.
        if metrics::set_global_recorder(recorder).is_ok() {
            describe();
        }
        counted
    });
}

fn describe() {
    describe_counter!(
        "vigie_requests_total",
        "Requests answered, by the template of their route."
    );
    describe_histogram!(
        "vigie_request_seconds",
        "From the head of a request to that of its answer."
    );
    describe_counter!(
        "vigie_received_bytes_total",
        "Bytes that came in on lines, as they travel."
    );
    describe_counter!(
        "vigie_sent_bytes_total",
        "Bytes that went out on lines, as they travel."
    );
    describe_gauge!("vigie_lines_open", "Lines open.");
    describe_gauge!("vigie_uploads_under_way", "Uploads of letters under way.");
    describe_counter!("vigie_letters_stored_total", "New letters, durable.");
    describe_histogram!(
        "vigie_letters_per_commit",
        "New letters of one durable commit."
    );
    describe_counter!(
        "vigie_refusals_total",
        "Requests not done, by the code of the answer."
    );
    describe_counter!(
        "vigie_store_errors_total",
        "Faults of the database and of the store of sealed files."
    );
    describe_gauge!("vigie_build_info", "1, with the version as a label.");
    gauge!("vigie_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("vigie_uploads_under_way").set(0.0);
    counter!("vigie_letters_stored_total").absolute(0);
}

/// All that was counted, as Prometheus reads it.
pub fn text() -> String {
    COUNTED
        .get()
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}

/// Adds up what nobody has read for a while, which is kept one by one before.
pub fn tidy() {
    if let Some(counted) = COUNTED.get() {
        counted.run_upkeep();
    }
}

/// One of what is under way, until it is dropped.
pub struct UnderWay(Gauge);

impl UnderWay {
    pub fn upload() -> UnderWay {
        UnderWay::one(gauge!("vigie_uploads_under_way"))
    }

    /// A line of this listener.
    pub fn line(listener: &'static str) -> UnderWay {
        UnderWay::one(gauge!("vigie_lines_open", "listener" => listener))
    }

    fn one(all: Gauge) -> UnderWay {
        all.increment(1.0);
        UnderWay(all)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// What travels on the lines of a listener.
pub struct Travelled {
    pub received: Counter,
    pub sent: Counter,
}

impl Travelled {
    pub fn on(listener: &'static str) -> Travelled {
        Travelled {
            received: counter!("vigie_received_bytes_total", "listener" => listener),
            sent: counter!("vigie_sent_bytes_total", "listener" => listener),
        }
    }
}

/// A request was answered.
pub fn answered(method: &'static str, route: &str, status: u16, seconds: f64) {
    let (route, status) = (route.to_owned(), status.to_string());
    histogram!("vigie_request_seconds", "method" => method, "route" => route.clone())
        .record(seconds);
    counter!("vigie_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
}

/// So many new letters were made durable in one commit.
pub fn letters_committed(letters: usize) {
    counter!("vigie_letters_stored_total").increment(letters as u64);
    histogram!("vigie_letters_per_commit").record(letters as f64);
}

/// A request was not done. The code is one of ours.
pub fn refused(code: &str) {
    counter!("vigie_refusals_total", "code" => code.to_owned()).increment(1);
}

/// The database or the store of sealed files failed.
pub fn store_failed(how: &'static str) {
    counter!("vigie_store_errors_total", "kind" => how).increment(1);
}
