//! The controls that few questionnaires begin with: their code comes behind.

use leptos::prelude::*;
use vigie_forms::{Control, DataType};

use super::{barcode, choices, draw, parts::Parts, place, points, range, rank, upload};
use crate::behind;

thread_local! {
    static CONTROL: behind::Place<fn(Parts) -> AnyView> = behind::slot();
}

/// Puts the rare controls on the page.
pub fn put() {
    behind::put(&CONTROL, drawn);
}

pub fn control(parts: Parts) -> AnyView {
    behind::part(&CONTROL, move |drawn| drawn(parts.clone()))
}

fn drawn(parts: Parts) -> AnyView {
    let (control, data_type, is_drawn) = {
        let node = parts.node.read_untracked();
        (node.control, node.data_type, draw::is_drawn(&node))
    };
    match (control, data_type) {
        (Some(Control::Rank), _) => rank::rank(parts),
        (Some(Control::Range), _) => range::range(parts),
        (Some(Control::Upload), _) if is_drawn => draw::draw(parts),
        (Some(Control::Upload), _) => upload::upload(parts),
        (Some(Control::Trigger), _) => choices::trigger(parts),
        (_, DataType::Geopoint) => place::place(parts),
        (_, DataType::Geotrace | DataType::Geoshape) => points::points(parts),
        _ => barcode::barcode(parts),
    }
}
