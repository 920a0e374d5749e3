//! Progress of a long task, on a terminal only: a log or a pipe gets none of it.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `total` steps, drawn on standard error.
pub fn bar(total: usize, task: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:32} {pos}/{len} {eta}")
        .expect("the template is fixed");
    ProgressBar::new(total as u64)
        .with_style(style)
        .with_message(task)
}
